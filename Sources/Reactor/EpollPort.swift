public import Base
import CLinux

/// Real sockets through epoll, edge-triggered.
///
/// One `recv` per readiness, sends without waiting for writability: a descriptor costs one `epoll_ctl` in its life.
@safe public struct EpollPort: Port, ~Copyable {
    private let epoll: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private let waker: Waker
    private static let batch = 256
    private static let wakeToken = UInt64.max

    /// - Parameter waker: what other threads use to end a `wait`.
    public init(waker: Waker) throws(SystemError) {
        let descriptor = martlet_epoll_create()
        guard descriptor >= 0 else { throw SystemError(descriptor, "epoll_create") }
        epoll = Int32(truncatingIfNeeded: descriptor)
        self.waker = waker
        unsafe events = .allocate(capacity: Self.batch)
        unsafe events.initialize(repeating: epoll_event(), count: Self.batch)
        // Edge-triggered and never read: each use is an event of its own. If it were read when its event is looked at, a use between
        // the end of a wait and that moment would be lost, and whatever had been put into a mailbox before it would lie there.
        _ = martlet_epoll_add(epoll, waker.descriptor, martlet_edge_in(), Self.wakeToken)
    }

    deinit {
        unsafe events.deallocate()
        _ = martlet_close(epoll)
    }

    public mutating func now() -> Instant { Instant(nanoseconds: martlet_monotonic_ns()) }

    public mutating func wallClock() -> UInt64 { martlet_wall_ns() }

    public mutating func listen(_ address: SocketAddress, token: UInt64) -> Int32 {
        let descriptor = Sockets.listen(address, reusePort: true)
        if descriptor >= 0 { _ = martlet_epoll_add(epoll, descriptor, martlet_level_in(), token) }
        return descriptor
    }

    public mutating func accept(_ listener: Int32) -> Accepted { Sockets.accept(listener) }

    public mutating func connect(_ address: SocketAddress) -> Int32 {
        let result = Sockets.connect(address)
        if result >= 0 { return result }
        return Int32(truncatingIfNeeded: martlet_is_starved(Int(result)) != 0 ? IO.starved : IO.failed)
    }

    public mutating func connectResult(_ descriptor: Int32) -> Int32 {
        Int32(truncatingIfNeeded: martlet_connect_result(descriptor))
    }

    public mutating func localAddress(_ descriptor: Int32) -> SocketAddress { Sockets.localAddress(descriptor) }

    public mutating func listenForDatagrams(_ address: SocketAddress, token: UInt64) -> Int32 {
        let descriptor = Sockets.listenForDatagrams(address, reusePort: true)
        if descriptor >= 0 { _ = martlet_epoll_add(epoll, descriptor, martlet_level_in(), token) }
        return descriptor
    }

    public mutating func connectForDatagrams(_ address: SocketAddress) -> Int32 {
        let result = Sockets.connectForDatagrams(address)
        if result >= 0 { return result }
        return Int32(truncatingIfNeeded: martlet_is_starved(Int(result)) != 0 ? IO.starved : IO.failed)
    }

    public mutating func receiveDatagram(_ listener: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Received {
        var received = Sockets.receiveDatagram(listener, into: buffer, range)
        if received.count < 0 { received.count = Self.code(received.count) }
        return received
    }

    public mutating func sendDatagram(
        _ listener: Int32, _ bytes: borrowing Span<UInt8>, to peer: SocketAddress, from local: IPAddress, isV6: Bool
    ) -> Int {
        let result = Sockets.sendDatagram(listener, bytes, to: peer, from: local, isV6: isV6)
        return result >= 0 ? result : Self.code(result)
    }

    public mutating func register(_ descriptor: Int32, token: UInt64) {
        _ = martlet_epoll_add(epoll, descriptor, martlet_edge_events(), token)
    }

    public mutating func mute(_ listener: Int32, token: UInt64, _ isMuted: Bool) {
        _ = martlet_epoll_change(epoll, listener, isMuted ? 0 : martlet_level_in(), token)
    }

    @inline(__always)
    public mutating func receive(_ descriptor: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Int {
        let result = unsafe buffer.withMutableBytes(range) { unsafe martlet_recv(descriptor, $0.baseAddress, $0.count) }
        return result >= 0 ? result : Self.code(result)
    }

    @inline(__always)
    public mutating func send(_ descriptor: Int32, _ bytes: borrowing Span<UInt8>) -> Int {
        let result = unsafe bytes.withUnsafeBufferPointer { unsafe martlet_send(descriptor, $0.baseAddress, $0.count) }
        return result >= 0 ? result : Self.code(result)
    }

    public mutating func isQuiet(_ descriptor: Int32) -> Bool { martlet_is_quiet(descriptor) != 0 }

    public mutating func finishWriting(_ descriptor: Int32) { _ = martlet_shutdown_write(descriptor) }

    public mutating func close(_ descriptor: Int32) { _ = martlet_close(descriptor) }

    public mutating func wait(milliseconds: Int32) -> Int {
        let count = unsafe martlet_epoll_wait(epoll, events, Int32(Self.batch), milliseconds)
        return max(0, count)
    }

    public mutating func pause(nanoseconds: UInt64) { martlet_pause(nanoseconds) }

    @inline(__always)
    public func event(_ i: Int) -> PortEvent {
        precondition(i >= 0 && i < Self.batch, "an event is one of the last wait")
        let token = unsafe martlet_event_data(events + i)
        return unsafe PortEvent(token: token, flags: PortEvent.Flags(rawValue: martlet_event_flags(events + i)))
    }

    @inline(never)
    private static func code(_ result: Int) -> Int {
        martlet_is_again(result) != 0 ? IO.again : martlet_is_starved(result) != 0 ? IO.starved : IO.failed
    }
}

/// What the system refused, as a sentence.
public struct SystemError: Error, CustomStringConvertible, Sendable {
    public let errorNumber: Int32
    public let operation: String

    init(_ result: Int, _ operation: String) {
        errorNumber = Int32(truncatingIfNeeded: -result)
        self.operation = operation
    }

    public init(errorNumber: Int32, operation: String) {
        self.errorNumber = errorNumber
        self.operation = operation
    }

    public var description: String { "\(operation): \(Self.text(errorNumber))" }

    /// The system's words for an errno value.
    public static func text(_ errorNumber: Int32) -> String {
        guard let words = unsafe martlet_error_text(errorNumber) else { return "error \(errorNumber)" }
        return unsafe String(cString: words)
    }
}
