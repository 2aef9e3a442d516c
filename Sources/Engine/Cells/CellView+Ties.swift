import Balancing
import Graph
import Pipeline

// Endpoints that clients are tied to.
extension CellView {
    /// What the cluster says of ties. Valid in this turn of the loop.
    func tie(_ cluster: Int32) -> EndpointTie {
        guard let state = unsafe state(of: cluster) else { return EndpointTie() }
        return unsafe state.pointee.settings.ties.tie(name: Rows(start: state.tie, size: state.pointee.tieCount))
    }

    /// The endpoint of a token, also one that is on its way out and still there; `.none` when it is gone or may not be asked: it is not well
    /// while another one is, or was tried.
    ///
    /// - Parameters:
    ///   - ignoresHealth: in panic.
    ///   - now: nanoseconds of the monotonic clock.
    func tied(_ cluster: Int32, to token: UInt64, tried: Tried, ignoresHealth: Bool, now: UInt64) -> EndpointHandle {
        guard let state = unsafe state(of: cluster) else { return .none }
        let tokens = unsafe Span(_unsafeStart: state.tokens, count: Int(state.pointee.tokensCount))
        for i in tokens.indices where tokens[i] == token {
            let candidates = unsafe EndpointCandidates(
                state: state, endpoints: endpoints, tried: tried, now: now, ignoresHealth: ignoresHealth)
            guard !candidates.isExcluded(i), candidates.isHealthy(i) || !isAnyWell(candidates) else { return .none }
            return unsafe state.rows[i].endpoint
        }
        return .none
    }

    private func isAnyWell(_ candidates: EndpointCandidates) -> Bool {
        for i in 0..<candidates.count where candidates.isHealthy(i) { return true }
        return false
    }

    /// The endpoint that a hash belongs to, whatever the balancer is; `.none` when the cluster has none, or ties
    /// nobody any longer.
    func tied(_ cluster: Int32, by hash: UInt64, tried: Tried, ignoresHealth: Bool, now: UInt64) -> EndpointHandle {
        guard let state = unsafe state(of: cluster) else { return .none }
        let candidates = unsafe EndpointCandidates(
            state: state, endpoints: endpoints, tried: tried, now: now, ignoresHealth: ignoresHealth)
        let tokens = unsafe Span(_unsafeStart: state.tokens, count: Int(state.pointee.tokensCount))
        // The state may be another one than that which said that clients are tied: one that ties nobody has no tokens.
        guard tokens.count == candidates.count else { return .none }
        let i = Picker.rendezvous(candidates, keys: tokens, hash: hash)
        return i < 0 ? .none : unsafe state.rows[i].endpoint
    }
}
