import Balancing
import Base
import Graph
import Pipeline

// What protects a Service from more than it can bear: bounds of requests and retries, and the breaker. Counts are all workers' (`ClusterLoad`).
// For connections see `Worker+Waiting`.
extension Worker where P: ~Copyable {
    // MARK: Before a try

    /// Whether the request may go on to an endpoint; else it waits, or was answered.
    mutating func isAdmitted(_ e: Int32, _ guards: ClusterGuards, _ m: borrowing Memory) -> Bool {
        let c = m.exchanges[e].x.cluster
        let isSession = m.exchanges[e].x.version.isSession
        charge(e, c, m)
        // Whoever came before goes before.
        if guards.connections >= 0, rooms.count(c) > 0, served != e, m.exchanges[e].x.version != .udp {
            wait(e, atFront: false, guards, m)
            return false
        }
        if guards.requests >= 0, !isSession, !m.exchanges[e].claims.contains(.request) {
            guard cells.take(.request, c, most: guards.requests) else {
                fail(e, ProxyError(.tooManyRequests), m)
                return false
            }
            m.exchanges[e].claims.insert(.request)
        }
        guard guards.breakerShare > 0 else { return true }
        switch cells.admit(c, guards, now: now.nanoseconds) {
        case .pass: return true
        case .probe(let round):
            m.exchanges[e].claims.insert(.probe)
            m.exchanges[e].probe = round
            return true
        case .refuse(let left):
            tellWhen(e, left, m)
            fail(e, ProxyError(.circuitOpen), m)
            return false
        }
    }

    /// From here on it is that cluster that is charged. What a retry still has at another one is given back.
    mutating func charge(_ e: Int32, _ c: Int32, _ m: borrowing Memory) {
        guard m.exchanges[e].charged != c else { return }
        giveBackRetry(e, m)
        m.exchanges[e].charged = c
    }

    /// `Retry-After` (RFC 9110 section 10.2.3), in whole seconds.
    private func tellWhen(_ e: Int32, _ nanoseconds: UInt64, _ m: borrowing Memory) {
        let (digits, count) = Decimal.digits(UInt32(min(99, nanoseconds / 1_000_000_000 &+ 1)))
        let start = m.exchanges[e].x.edits.textPosition
        guard m.exchanges[e].x.edits.append(text: "retry-after") else { return }
        let name = m.exchanges[e].x.edits.text(from: start)
        let middle = m.exchanges[e].x.edits.textPosition
        for i in 0..<count {
            guard m.exchanges[e].x.edits.append(text: UInt8(truncatingIfNeeded: digits &>> UInt32(8 &* i))) else { return }
        }
        let value = m.exchanges[e].x.edits.text(from: middle)
        _ = m.exchanges[e].x.edits.append(.set, .response, name, value)
    }

    /// What the end of a try says to the breaker.
    @inline(never)
    mutating func judge(_ e: Int32, isFailure: Bool, _ m: borrowing Memory) {
        let c = m.exchanges[e].x.cluster
        let probe = m.exchanges[e].claims.contains(.probe) ? m.exchanges[e].probe : nil
        m.exchanges[e].claims.remove(.probe)
        if cells.judge(c, isFailure: isFailure, probe: probe, cells.guards(c), now: now.nanoseconds) {
            metrics.add(.breakerOpenings)
        }
    }

    /// A try more than one: false when there are enough of them under way.
    mutating func takeRetry(_ e: Int32, _ m: borrowing Memory) -> Bool {
        let c = m.exchanges[e].x.cluster
        guard !m.exchanges[e].claims.contains(.retry), case let most = cells.guards(c).retries, most >= 0 else { return true }
        guard cells.take(.retry, c, most: most) else {
            metrics.add(.retriesDenied)
            return false
        }
        charge(e, c, m)
        m.exchanges[e].claims.insert(.retry)
        return true
    }

    /// The try is over, or what waited for one: it is charged with nothing more. A retry is one until its exchange ends.
    @inline(never)
    mutating func giveBackClaims(_ e: Int32, _ m: borrowing Memory) {
        let c = m.exchanges[e].charged
        let claims = m.exchanges[e].claims
        if claims.contains(.request) { cells.giveBack(.request, c) }
        if claims.contains(.probe) { cells.forgetProbe(c, m.exchanges[e].probe) }
        if claims.contains(.place) { leaveRoom(e, m) }
        m.exchanges[e].claims.formIntersection(.retry)
    }

    /// The exchange is over, or became a tunnel.
    @inline(__always)
    mutating func giveBackRetry(_ e: Int32, _ m: borrowing Memory) {
        guard m.exchanges[e].claims.contains(.retry) else { return }
        cells.giveBack(.retry, m.exchanges[e].charged)
        m.exchanges[e].claims.remove(.retry)
    }
}
