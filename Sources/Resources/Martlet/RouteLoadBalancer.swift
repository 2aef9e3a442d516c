public import Documents

/// How a rule chooses among the endpoints of a Service, before what the Service's annotations say.
public struct RouteLoadBalancer: Equatable, Sendable {
    public enum Algorithm: String, Sendable, CaseIterable {
        case leastRequest = "LeastRequest"
        case peakEWMA = "PeakEWMA"
        case roundRobin = "RoundRobin"
        case random = "Random"
        case maglev = "Maglev"
    }

    public var type: Algorithm?
    /// As the annotation writes it; see `ServiceOptions.HashKey`.
    public var hashOn: String?
    public init() {}

    private static let idle = "Only Maglev hashes; write type: Maglev, or remove hashOn."

    private static let hashKey = Shape<String>.string(
        "hash key", maxLength: 263, pattern: "^(address|(header|cookie|query):[A-Za-z0-9!#$%&'*+\\-.^_`|~]{1,256})$"
    ) { text in ServiceOptions.HashKey(text) == nil ? ServiceOptions.HashKey.defect(of: text) : nil }

    public static let shape = Shape<RouteLoadBalancer>.object(
        "RouteLoadBalancer", RouteLoadBalancer(),
        [
            Field("type", \.type, .choice(), required: true, "The algorithm."),
            Field(
                "hashOn", \.hashOn, hashKey,
                "What of a request chooses its endpoint with `Maglev`: address (when absent), header:NAME, cookie:NAME or query:NAME."
            ),
        ],
        check: { balancer, path, problems in
            if balancer.hashOn != nil, let type = balancer.type, type != .maglev { problems.invalid(path["hashOn"], idle) }
        }
    )
    .rule("!has(self.hashOn) || self.type == 'Maglev'", idle)
}
