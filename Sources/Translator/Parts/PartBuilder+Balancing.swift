import Documents
import Graph
import Resources

// How a rule chooses among endpoints.
extension PartBuilder {
    /// What the rule says of it, and that the clusters it leads to are to be able to.
    ///
    /// - Parameter isJoining: whole connections or datagrams are passed on, of which nothing is known but where they come from.
    mutating func balancer(_ draft: inout RuleDraft, of action: Action, isJoining: Bool = false) -> RuleBalancer? {
        let path = draft.path["loadBalancer"]
        guard draft.failure == nil, let wanted = draft.rule.loadBalancer, let type = wanted.type else { return nil }
        guard case .forward(let split) = action else {
            if draft.answer != nil {
                report(
                    .warning, path, reason: "NoEffect",
                    "The rule answers by a filter, so no endpoint is chosen; remove loadBalancer.")
            }
            return nil
        }
        let key = wanted.hashOn.flatMap { ServiceOptions.HashKey($0) }?.key ?? .address
        if isJoining, key != .address {
            refuse(
                path["hashOn"], .ruleBroken,
                "Whole connections are passed on without being read; write address, or remove hashOn.")
            draft.breaks(.ruleBroken)
            return nil
        }
        let balancer = Cluster.Balancer(type)
        demand(.balancer(balancer), of: split)
        return RuleBalancer(balancer, hashKey: balancer == .maglev ? key : .address)
    }
}

extension Cluster.Balancer {
    fileprivate init(_ algorithm: RouteLoadBalancer.Algorithm) {
        self =
            switch algorithm {
            case .leastRequest: .leastRequest
            case .peakEWMA: .peakEWMA
            case .roundRobin: .roundRobin
            case .random: .random
            case .maglev: .maglev
            }
    }
}
