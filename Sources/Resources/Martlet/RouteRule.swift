import Base
public import Documents

/// One rule of a Route.
public struct RouteRule: Equatable, Sendable {
    public var name: String?
    public var matches: [RouteMatch] = []
    public var backendRefs: [BackendRef] = []
    public var filters: [RouteFilter] = []
    // Few rules have these, and together they are several times as large as all others.
    private var rareSplit: Rare<RouteSplit>?
    private var rareTimeouts: Rare<RouteTimeouts>?
    private var rareTries: Rare<Tries>?
    private var rareDeprecation: Rare<RouteDeprecation>?
    private var rareChoosing: Rare<Choosing>?
    public init() {}

    public var split: RouteSplit? {
        get { rareSplit?.value }
        set { rareSplit = newValue.map { Rare($0) } }
    }

    public var timeouts: RouteTimeouts? {
        get { rareTimeouts?.value }
        set { rareTimeouts = newValue.map { Rare($0) } }
    }

    struct Tries: Equatable, Sendable {
        var retry: RouteRetry?
        var hedge: RouteHedge?
    }

    private mutating func setTries(_ change: (inout Tries) -> Void) {
        var tries = rareTries?.value ?? Tries()
        change(&tries)
        rareTries = tries == Tries() ? nil : Rare(tries)
    }

    public var retry: RouteRetry? {
        get { rareTries?.value.retry }
        set { setTries { $0.retry = newValue } }
    }

    public var hedge: RouteHedge? {
        get { rareTries?.value.hedge }
        set { setTries { $0.hedge = newValue } }
    }

    public var deprecation: RouteDeprecation? {
        get { rareDeprecation?.value }
        set { rareDeprecation = newValue.map { Rare($0) } }
    }

    private struct Choosing: Equatable, Sendable {
        var session: RouteSession?
        var balancer: RouteLoadBalancer?
    }

    private mutating func setChoosing(_ change: (inout Choosing) -> Void) {
        var choosing = rareChoosing?.value ?? Choosing()
        change(&choosing)
        rareChoosing = choosing == Choosing() ? nil : Rare(choosing)
    }

    public var sessionPersistence: RouteSession? {
        get { rareChoosing?.value.session }
        set { setChoosing { $0.session = newValue } }
    }

    public var loadBalancer: RouteLoadBalancer? {
        get { rareChoosing?.value.balancer }
        set { setChoosing { $0.balancer = newValue } }
    }

    /// Which of several backends a request goes to is drawn anew each time.
    public static let manyBackends =
        "Only clients of one backend can be tied to its endpoints; keep one backendRef, or write a split that has sessionPersistence, too."

    /// RFC 1123 section 2.1: a label.
    static let ruleName = Shape<String>.string(
        "name", maxLength: 63, minLength: 1, pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
    ) { name in
        let isLabel = name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        return isLabel && !name.hasPrefix("-") && !name.hasSuffix("-")
            ? nil : "'\(name)' is no name; use lower-case letters, digits and '-' between them."
    }

    public static let shape = Shape<RouteRule>.object(
        "RouteRule", RouteRule(),
        [
            Field("name", \.name, ruleName, "Name of the rule in logs, metrics and `explain`; unique within the Route."),
            Field(
                "matches", \.matches, .list(RouteMatch.shape, max: 64),
                "The rule takes requests that meet any of these; absent, all requests."),
            Field(
                "backendRefs", \.backendRefs, .list(BackendRef.shape, max: 64), "Weighted Services. Never together with `split`."),
            Field("split", \.split, RouteSplit.shape, "Weighted, named arms. Never together with `backendRefs`."),
            Field("filters", \.filters, .list(RouteFilter.shape, max: 16), "Changes to requests and answers, in order."),
            Field("timeouts", \.timeouts, RouteTimeouts.shape, "Limits in time."),
            Field("retry", \.retry, RouteRetry.shape, "Further tries after failures."),
            Field(
                "hedge", \.hedge, RouteHedge.shape, "A second try before the first has failed, of requests that may be repeated."),
            Field(
                "deprecation", \.deprecation, RouteDeprecation.shape,
                "Its clients are told that it ends, and who they are is noted."),
            Field(
                "sessionPersistence", \.sessionPersistence, RouteSession.shape,
                "Ties a client to the endpoint that answered it first; before what the Service's annotations say."),
            Field(
                "loadBalancer", \.loadBalancer, RouteLoadBalancer.shape,
                "How an endpoint is chosen for this rule's requests; before what the Service's annotations say."),
        ]
    )
    .rule(
        "!has(self.split) || !has(self.backendRefs) || size(self.backendRefs) == 0",
        "A rule has either backendRefs or a split; remove one of them."
    )
    .rule("!has(self.sessionPersistence) || !has(self.backendRefs) || size(self.backendRefs) <= 1", manyBackends)
    .rule(
        "!has(self.filters) || self.filters.filter(f, f.type in ['RequestRedirect', 'DirectResponse']).size() <= 1",
        "A rule answers by one filter; keep one RequestRedirect or DirectResponse."
    )
    .rule(
        "!has(self.filters) || self.filters.filter(f, f.type == 'URLRewrite').size() <= 1",
        "A rule has one URLRewrite filter at most; keep one."
    )
    .rule(
        "!has(self.filters) || !self.filters.exists(f, f.type == 'URLRewrite')"
            + " || !self.filters.exists(f, f.type in ['RequestRedirect', 'DirectResponse'])",
        "URLRewrite has no place beside RequestRedirect or DirectResponse, which never ask a backend; remove one of them."
    )
    .rule(
        "!has(self.filters) || !has(self.matches)"
            + " || !self.filters.exists(f, (has(f.urlRewrite) && has(f.urlRewrite.path) && f.urlRewrite.path.type == 'ReplacePrefixMatch')"
            + " || (has(f.requestRedirect) && has(f.requestRedirect.path) && f.requestRedirect.path.type == 'ReplacePrefixMatch'))"
            + " || self.matches.all(m, !has(m.path) || !has(m.path.type) || m.path.type == 'PathPrefix')",
        "ReplacePrefixMatch needs matches of type PathPrefix; use ReplaceFullPath or ReplaceRegexMatch with the others.")
}

/// A Service's port and its share.
public struct BackendRef: Equatable, Sendable {
    public var name = ""
    public var port: Int?
    public var weight = 1
    /// Most name nothing but a Service of their own namespace.
    private var elsewhere: Rare<Elsewhere>?
    public init() {}

    private struct Elsewhere: Equatable, Sendable {
        var group: String?
        var kind: String?
        var namespace: String?
    }

    private mutating func set(_ member: WritableKeyPath<Elsewhere, String?>, _ value: String?) {
        var place = elsewhere?.value ?? Elsewhere()
        place[keyPath: member] = value
        elsewhere = place == Elsewhere() ? nil : Rare(place)
    }

    public var group: String? {
        get { elsewhere?.value.group }
        set { set(\.group, newValue) }
    }

    public var kind: String? {
        get { elsewhere?.value.kind }
        set { set(\.kind, newValue) }
    }

    public var namespace: String? {
        get { elsewhere?.value.namespace }
        set { set(\.namespace, newValue) }
    }

    public static let shape = Shape<BackendRef>.object(
        "BackendRef", BackendRef(),
        [
            Field("group", \.group, .string(maxLength: 253), "Group of the backend; empty for a Service."),
            Field("kind", \.kind, .string(maxLength: 63), "Kind of the backend: Service."),
            Field(
                "namespace", \.namespace, .string(maxLength: 63),
                "Namespace of the backend; another one than the Route's needs a grant."),
            Field("name", \.name, Route.objectName, required: true, "Name of the backend."),
            Field("port", \.port, .port, "Port of the Service."),
            Field("weight", \.weight, .weight, "Share of the requests; only ratios count. 1 when absent."),
        ])
}

public struct RouteTimeouts: Equatable, Sendable {
    public var request: Duration?
    public var backendRequest: Duration?
    public var streamIdle: Duration?
    public init() {}

    public static let shape = Shape<RouteTimeouts>.object(
        "RouteTimeouts", RouteTimeouts(),
        [
            Field("request", \.request, .duration, "Limit of the whole request, retries included; 0s means none."),
            Field("backendRequest", \.backendRequest, .duration, "Limit of one try; 0s means none."),
            Field("streamIdle", \.streamIdle, .duration, "Limit of silence on an open stream; 0s means none."),
        ],
        check: { timeouts, path, problems in
            guard let request = timeouts.request, let one = timeouts.backendRequest, request != .zero, one > request else {
                return
            }
            problems.invalid(
                path["backendRequest"], "One try may not take longer than the whole request; lower it below `request`.")
        }
    )
    .rule(
        "!has(self.request) || !has(self.backendRequest) || duration(self.request) == duration('0s')"
            + " || duration(self.backendRequest) <= duration(self.request)",
        "One try may not take longer than the whole request; lower backendRequest below request.")
}

public struct RouteRetry: Equatable, Sendable {
    public var attempts = 1
    public var codes: [Int] = []
    public var backoff: Duration?
    public var budgetPercent: Percentage?
    public init() {}

    public static let shape = Shape<RouteRetry>.object(
        "RouteRetry", RouteRetry(),
        [
            Field("attempts", \.attempts, .integer(0...10), "Further tries after the first."),
            Field(
                "codes", \.codes, .list(.integer(400...599), max: 32),
                "Statuses that are tried again; connection failures always are."),
            Field("backoff", \.backoff, .duration, "Pause before the first further try; it doubles. 25ms when absent."),
            Field(
                "budgetPercent", \.budgetPercent, .percentage, "Retries may be at most this share of requests. 20 when absent."),
        ])
}
