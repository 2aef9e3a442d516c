import Base
import HTTP
import Pipeline
import Reactor

// What calls of gRPC have of their own.
extension Worker where P: ~Copyable {
    /// gRPC is spoken over HTTP/2 only.
    @inline(__always)
    func isCall(_ e: Int32, _ m: borrowing Memory) -> Bool {
        m.exchanges[e].x.version == .http2 && GRPCRequest.isCall(m.head(e))
    }

    /// The caller waits no longer than it says: the smaller of its limit and the rule's counts.
    @inline(never)
    mutating func limitCall(_ e: Int32, _ m: borrowing Memory) {
        guard isCall(e, m), let nanoseconds = GRPCRequest.timeout(m.head(e)) else { return }
        let deadline = tick &+ max(1, nanoseconds / 1_000_000)
        guard m.exchanges[e].requestDeadline == 0 || deadline < m.exchanges[e].requestDeadline else { return }
        m.exchanges[e].requestDeadline = deadline
        armExchange(e, m)
    }
}
