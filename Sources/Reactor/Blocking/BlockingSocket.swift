public import Base
import CLinux

/// A connected socket for code that gives each connection a thread: the control column's servers.
///
/// One thread reads and writes; any thread may `shutDown`, which ends the waits of the first.
public final class BlockingSocket: Sendable {
    public enum Received: Sendable, Equatable {
        case bytes([UInt8])
        /// The peer will send no more, or the connection is broken.
        case end
        case timedOut
        /// The bell rang first.
        case rung
    }

    let descriptor: Int32
    public let peer: IPAddress
    public let peerPort: UInt16

    init(owning descriptor: Int32, peer: IPAddress, peerPort: UInt16) {
        self.descriptor = descriptor
        self.peer = peer
        self.peerPort = peerPort
    }

    deinit { cblocking_close(descriptor) }

    /// Connects; waits as long as the operating system does. Meant for tests and loopback.
    public static func connect(to address: IPAddress, port: UInt16) throws(SocketFailure) -> BlockingSocket {
        let descriptor = try SocketFailure.check(
            unsafe cblocking_connect(address.networkBytes, port), "cannot connect to \(address):\(port)")
        return BlockingSocket(owning: descriptor, peer: address, peerPort: port)
    }

    /// Waits for bytes, at most `limit` of them.
    public func receive(upTo limit: Int, milliseconds: Int?, unless bell: Bell? = nil) -> Received {
        let deadline = Deadline(milliseconds)
        while true {
            var result = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
                unsafe result = cblocking_receive(descriptor, buffer.baseAddress, limit)
                count = max(0, result)
            }
            if result > 0 { return .bytes(bytes) }
            guard cblocking_is_again(result) != 0 else { return .end }
            let ready = cblocking_wait(descriptor, 0, bell?.descriptor ?? -1, deadline.millisecondsLeft)
            if ready < 0 { return .end }
            if ready & 1 != 0 { continue }
            if ready & 2 != 0 { return .rung }
            if deadline.isOver { return .timedOut }
        }
    }

    /// Sends everything; false when the connection broke or the peer took nothing for the given time.
    public func send(_ bytes: [UInt8], stallMilliseconds: Int) -> Bool {
        var at = 0
        while at < bytes.count {
            let result = unsafe bytes.withUnsafeBytes {
                unsafe cblocking_send(descriptor, $0.baseAddress.map { unsafe $0 + at }, $0.count - at)
            }
            if result > 0 {
                at += result
            } else if cblocking_is_again(result) != 0 {
                let deadline = Deadline(stallMilliseconds)
                while true {
                    let ready = cblocking_wait(descriptor, 1, -1, deadline.millisecondsLeft)
                    if ready < 0 { return false }
                    if ready & 1 != 0 { break }
                    if deadline.isOver { return false }
                }
            } else {
                return false
            }
        }
        return true
    }

    /// Ends both directions; whoever waits on the socket sees the end. The descriptor stays ours until deinit, so none is ever mistaken.
    public func shutDown() { cblocking_shutdown(descriptor) }

    /// Sends the end of the stream; the other direction goes on.
    public func finishWriting() { _ = martlet_shutdown_write(descriptor) }

    /// Reads end at once; what is being sent is still sent.
    public func shutDownReading() { cblocking_shutdown_reading(descriptor) }
}

/// A point after which a wait gives up.
struct Deadline {
    private let end: UInt64?

    init(_ milliseconds: Int?) {
        end = milliseconds.map { cblocking_monotonic_nanoseconds() + UInt64(clamping: $0) * 1_000_000 }
    }

    /// As poll wants it: rounded up, -1 for never.
    var millisecondsLeft: Int32 {
        guard let end else { return -1 }
        let now = cblocking_monotonic_nanoseconds()
        return end > now ? Int32(clamping: (end - now + 999_999) / 1_000_000) : 0
    }

    var isOver: Bool { end.map { cblocking_monotonic_nanoseconds() >= $0 } ?? false }
}

extension IPAddress {
    /// 16 bytes in network order.
    var networkBytes: [UInt8] {
        [high, low].flatMap { word in stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) } }
    }

    init(networkBytes bytes: [UInt8]) {
        func word(_ slice: ArraySlice<UInt8>) -> UInt64 { slice.reduce(0) { $0 << 8 | UInt64($1) } }
        self.init(high: word(bytes[0..<8]), low: word(bytes[8..<16]))
    }
}
