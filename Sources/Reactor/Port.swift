public import Base

/// A worker's only door to the outside: sockets, readiness and the clock.
///
/// Two of them: `EpollPort` for real sockets, `SimulatedPort` for tests. A worker is specialised for one, so a call costs what the
/// system call costs. Descriptors are registered once, edge-triggered, with a token of the caller's: whoever reuses a descriptor
/// chooses another token, so that a late event is recognised as stale.
public protocol Port: ~Copyable {
    /// The monotonic clock.
    mutating func now() -> Instant

    /// Nanoseconds since 1970.
    mutating func wallClock() -> UInt64

    /// Opens a listening socket, shared with other workers by SO_REUSEPORT, and registers it under `token`.
    /// - Returns: the descriptor, or a negated errno value.
    mutating func listen(_ address: SocketAddress, token: UInt64) -> Int32

    /// The next waiting connection; `descriptor` is an `IO` code below zero when there is none. Register it to hear of it.
    mutating func accept(_ listener: Int32) -> Accepted

    /// Begins to connect. - Returns: the descriptor (register it; writability says that the attempt ended), or an `IO` code.
    mutating func connect(_ address: SocketAddress) -> Int32

    /// How the attempt to connect ended: 0 or a negated errno value.
    mutating func connectResult(_ descriptor: Int32) -> Int32

    /// Where the peer of an accepted connection connected to.
    mutating func localAddress(_ descriptor: Int32) -> SocketAddress

    // MARK: Datagrams

    /// Opens a socket for datagrams as `listen` does for connections.
    mutating func listenForDatagrams(_ address: SocketAddress, token: UInt64) -> Int32

    /// Opens a socket whose datagrams go to `address`, and come from there only: `receive` and `send` move one each. Register it to hear of it.
    /// - Returns: the descriptor, or an `IO` code.
    mutating func connectForDatagrams(_ address: SocketAddress) -> Int32

    /// Takes one datagram, which may be empty, into `buffer` at `range`, which has to be as large as one can be.
    /// - Returns: its length, or an `IO` code; who sent it, and to which of our addresses.
    mutating func receiveDatagram(_ listener: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Received

    /// Sends one datagram.
    ///
    /// - Parameters:
    ///   - local: which of our addresses it leaves from; `::` lets the system choose.
    ///   - isV6: the listener is one of IPv6, also for a peer that is not.
    /// - Returns: its length, or an `IO` code: then it is lost.
    mutating func sendDatagram(
        _ listener: Int32, _ bytes: borrowing Span<UInt8>, to peer: SocketAddress, from local: IPAddress, isV6: Bool
    ) -> Int

    mutating func register(_ descriptor: Int32, token: UInt64)

    /// Reports a listener no longer, or again: while the system has no descriptors left, what waits there would be reported for ever.
    mutating func mute(_ listener: Int32, token: UInt64, _ isMuted: Bool)

    /// Receives into `buffer` at `range`. - Returns: the number of bytes; 0 at the end of the stream; or an `IO` code.
    mutating func receive(_ descriptor: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Int

    /// - Returns: how many bytes were taken, or an `IO` code.
    mutating func send(_ descriptor: Int32, _ bytes: borrowing Span<UInt8>) -> Int

    /// Whether the peer sent nothing, not even the end: asked before a kept connection carries what cannot be repeated.
    mutating func isQuiet(_ descriptor: Int32) -> Bool

    /// Sends the end of the stream.
    mutating func finishWriting(_ descriptor: Int32)

    mutating func close(_ descriptor: Int32)

    /// Waits until something is ready, a `Waker` was used, or the time is over. - Returns: the number of events.
    mutating func wait(milliseconds: Int32) -> Int

    /// Lets about that much time pass, so that events gather and the next `wait` brings several.
    mutating func pause(nanoseconds: UInt64)

    /// An event of the last `wait`.
    func event(_ i: Int) -> PortEvent
}

/// Results below zero of a port's operations.
public enum IO {
    /// Nothing now: an event will tell.
    public static let again = -1
    /// The connection is broken.
    public static let failed = -2
    /// The system has no descriptors or buffers left for this; no event will tell.
    public static let starved = -3
}

public struct Accepted: Sendable, BitwiseCopyable {
    public var descriptor: Int32
    public var peer: SocketAddress

    @inlinable public init(descriptor: Int32, peer: SocketAddress) {
        self.descriptor = descriptor
        self.peer = peer
    }
}

public struct Received: Sendable, BitwiseCopyable {
    public var count: Int
    public var peer: SocketAddress
    public var local = IPAddress(high: 0, low: 0)

    @inlinable public init(count: Int, peer: SocketAddress) {
        self.count = count
        self.peer = peer
    }
}

/// Readiness of one descriptor.
public struct PortEvent: Sendable, BitwiseCopyable {
    public var token: UInt64
    public var flags: Flags

    public struct Flags: OptionSet, Sendable, BitwiseCopyable {
        public let rawValue: UInt32
        @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
        // The values of epoll(7), so that nothing is translated.
        public static let readable = Flags(rawValue: 0x1)
        public static let writable = Flags(rawValue: 0x4)
        public static let error = Flags(rawValue: 0x8)
        public static let hangup = Flags(rawValue: 0x10)
        /// The peer has sent its end.
        public static let peerEnded = Flags(rawValue: 0x2000)
    }

    @inlinable public init(token: UInt64, flags: Flags) {
        self.token = token
        self.flags = flags
    }
}

extension Port where Self: ~Copyable {
    /// Where time is simulated, what happens at a time is there already.
    public mutating func pause(nanoseconds: UInt64) {}

    /// A port without readiness of its own has nothing to mute.
    public mutating func mute(_ listener: Int32, token: UInt64, _ isMuted: Bool) {}
}
