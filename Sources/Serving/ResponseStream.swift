public import Reactor

/// A response under way: chunks go out as they are sent, and a client that leaves is noticed while waiting.
///
/// It belongs to the connection's thread and must not be kept after the body's closure has returned.
public final class ResponseStream {
    public enum Woken: Sendable, Equatable {
        /// The bell rang (and was silenced).
        case rung
        case timedOut
        /// The client left, or the server is stopping: the body's closure should return.
        case disconnected
    }

    private let wire: Wire
    private let chunked: Bool
    private let isStopping: @Sendable () -> Bool
    /// What the client sent meanwhile: the next pipelined request.
    private(set) var early: [UInt8] = []
    public private(set) var isConnected = true

    private static let earlyLimit = 64 << 10

    init(_ wire: Wire, chunked: Bool, isStopping: @escaping @Sendable () -> Bool) {
        self.wire = wire
        self.chunked = chunked
        self.isStopping = isStopping
    }

    /// False once the client is gone.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        guard isConnected, !bytes.isEmpty else { return isConnected }
        var out: [UInt8] = []
        if chunked {
            out.reserveCapacity(bytes.count + 16)
            out.append(contentsOf: String(bytes.count, radix: 16).utf8)
            out.append(contentsOf: [13, 10])
            out.append(contentsOf: bytes)
            out.append(contentsOf: [13, 10])
        } else {
            out = bytes
        }
        isConnected = wire.send(out)
        return isConnected
    }

    /// Waits until the bell rings, the time is over or the client leaves.
    public func wait(for bell: Bell, milliseconds: Int?) -> Woken {
        let start = SystemClock.monotonicNanoseconds
        while isConnected {
            if isStopping() { return .disconnected }
            let spent = Int((SystemClock.monotonicNanoseconds - start) / 1_000_000)
            let left = milliseconds.map { max(0, $0 - spent) }
            switch wire.receive(milliseconds: left, unless: bell) {
            case .rung:
                bell.silence()
                return isStopping() ? .disconnected : .rung
            case .timedOut: return .timedOut
            // A stopping server ends the reading side itself; the client is still there and gets a proper end.
            case .end: return isStopping() ? .disconnected : disconnect()
            case .bytes(let bytes):
                early += bytes
                if early.count > Self.earlyLimit { return disconnect() }
            }
        }
        return disconnect()
    }

    private func disconnect() -> Woken {
        isConnected = false
        return .disconnected
    }
}
