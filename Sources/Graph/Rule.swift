import Base

/// What happens to the requests that one rule of a route takes: an immutable object shared by its entries and by successive graphs.
public final class Rule: Equatable, Sendable {
    /// Stable identity: `Route/shop/shop/checkout` (kind/namespace/name/rule). State (counters, splits) is carried by it.
    public let id: String
    public let action: Action
    public let filters: [FilterSpec]
    public var timeouts: Timeouts { ownTimeouts?.value ?? Timeouts() }
    public var retry: Retry? { ownTries?.value.retry }
    public var hedge: Hedge? { ownTries?.value.hedge }
    /// What becomes of requests that come without TLS.
    public let unsealed: Unsealed
    /// What ties clients to endpoints of wherever the rule leads to, before what clusters say; nil: what they say.
    public var sessions: EndpointPersistence? { ownChoosing?.value.sessions }
    /// How endpoints are chosen of wherever the rule leads to, before what clusters say; nil: as they say.
    public var balancer: RuleBalancer? { ownChoosing?.value.balancer }
    private let ownTimeouts: Rare<Timeouts>?
    private let ownChoosing: Rare<Choosing>?
    private let ownTries: Rare<Tries>?

    /// What few rules have, in one box.
    private struct Tries: Equatable, Sendable {
        var retry: Retry?
        var hedge: Hedge?
    }

    private struct Choosing: Equatable, Sendable {
        var sessions: EndpointPersistence?
        var balancer: RuleBalancer?
    }

    public init(
        id: String, action: Action, filters: [FilterSpec] = [], timeouts: Timeouts = Timeouts(), retry: Retry? = nil,
        hedge: Hedge? = nil, sessions: EndpointPersistence? = nil, balancer: RuleBalancer? = nil, unsealed: Unsealed = .served
    ) {
        self.id = id
        self.action = action
        self.filters = filters
        self.unsealed = unsealed
        ownTimeouts = timeouts == Timeouts() ? nil : Rare(timeouts)
        ownTries = retry == nil && hedge == nil ? nil : Rare(Tries(retry: retry, hedge: hedge))
        ownChoosing = sessions == nil && balancer == nil ? nil : Rare(Choosing(sessions: sessions, balancer: balancer))
    }

    /// The same with something else to do.
    public func with(_ action: Action) -> Rule {
        Rule(
            id: id, action: action, filters: filters, timeouts: timeouts, retry: retry, hedge: hedge, sessions: sessions,
            balancer: balancer, unsealed: unsealed)
    }

    public static func == (a: Rule, b: Rule) -> Bool {
        a === b
            || (a.id == b.id && a.action == b.action && a.filters == b.filters && a.unsealed == b.unsealed
                && a.ownTimeouts == b.ownTimeouts
                && a.ownTries == b.ownTries && a.ownChoosing == b.ownChoosing)
    }
}

/// What becomes of requests that come without TLS.
public enum Unsealed: UInt8, Sendable, CaseIterable {
    case served
    /// Sent to https (308), unless a trusted proxy says that they came by it, or they are the questions of a certificate authority
    /// (RFC 8555 section 8.3).
    case redirected
    /// Sent to https (308), whoever asks for what: the rule is for those only who were seen in a handshake.
    case never
}

public enum Action: Equatable, Sendable {
    case forward(Split)
    /// A redirect or a fixed answer of the user's.
    indirect case redirect(Redirect)
    indirect case respond(DirectResponse)
    /// The rule is broken: 500 with this reason (`BackendNotFound`, …) while its siblings serve.
    case fail(reason: String)
}

/// Weighted arms. A plain list of backendRefs is one arm called `default`.
public struct Split: Equatable, Sendable {
    private enum Storage: Equatable, Sendable {
        /// One arm called `default` that leads to one cluster, as most rules do.
        case cluster(ClusterID)
        case arms(Rare<Arms>)
    }

    private struct Arms: Equatable, Sendable {
        var arms: [Arm]
        var activeArm = ""
        var isForced = false
        var persistence: SessionPersistence?
        var overrides: [ArmOverride] = []
    }

    private var storage: Storage

    public var arms: [Arm] {
        get { parts.arms }
        set { parts.arms = newValue }
    }
    /// Sends everything to this arm; empty: by weight.
    public var activeArm: String {
        get { parts.activeArm }
        set { parts.activeArm = newValue }
    }
    /// The active arm gets everything also while it has no ready endpoint; otherwise the others have it meanwhile.
    public var isForced: Bool {
        get { parts.isForced }
        set { parts.isForced = newValue }
    }
    public var persistence: SessionPersistence? {
        get { parts.persistence }
        set { parts.persistence = newValue }
    }
    /// Requests whose arm is said by what they carry. The first that holds decides, before anything else does.
    public var overrides: [ArmOverride] {
        get { parts.overrides }
        set { parts.overrides = newValue }
    }

    public init(
        arms: [Arm], activeArm: String = "", isForced: Bool = false, persistence: SessionPersistence? = nil,
        overrides: [ArmOverride] = []
    ) {
        storage = Self.storage(
            Arms(arms: arms, activeArm: activeArm, isForced: isForced, persistence: persistence, overrides: overrides))
    }

    /// Everything to one cluster.
    public init(to cluster: ClusterID) { storage = .cluster(cluster) }

    private var parts: Arms {
        get {
            switch storage {
            case .cluster(let id): Self.plain(id)
            case .arms(let arms): arms.value
            }
        }
        set { storage = Self.storage(newValue) }
    }

    private static func plain(_ id: ClusterID) -> Arms {
        Arms(arms: [Arm(name: "default", weight: 1, backends: [Backend(target: .cluster(id))])])
    }

    private static func storage(_ parts: Arms) -> Storage {
        guard case .cluster(let id)? = parts.arms.first?.backends.first?.target, parts == plain(id) else {
            return .arms(Rare(parts))
        }
        return .cluster(id)
    }
}

public struct Arm: Equatable, Sendable {
    public var name: String
    /// 0 to 1,000,000; only ratios count.
    public var weight: Int
    public var backends: [Backend]

    public init(name: String, weight: Int, backends: [Backend]) {
        self.name = name
        self.weight = weight
        self.backends = backends
    }
}

/// Requests that go to an arm whatever its weight; all conditions must hold.
public struct ArmOverride: Hashable, Sendable {
    public var arm: String
    public var headers: [NamedMatch]
    public var cookies: [NamedMatch]

    public init(arm: String, headers: [NamedMatch] = [], cookies: [NamedMatch] = []) {
        self.arm = arm
        self.headers = headers
        self.cookies = cookies
    }
}

/// A share of an arm: a cluster, or a reason why there is none (that share answers 500 with it).
public struct Backend: Equatable, Sendable {
    public enum Target: Equatable, Sendable {
        case cluster(ClusterID)
        case missing(reason: String)
    }
    public var target: Target
    public var weight: Int
    public var filters: [FilterSpec]

    public init(target: Target, weight: Int = 1, filters: [FilterSpec] = []) {
        self.target = target
        self.weight = weight
        self.filters = filters
    }
}

/// What ties a client to an arm.
public struct SessionPersistence: Hashable, Sendable {
    /// A cookie of ours, a header's value (or chance without one), or the client's address.
    public enum Kind: String, Sendable, CaseIterable { case cookie, header, clientIP }
    public var kind: Kind
    /// Of the cookie or header; empty for addresses.
    public var name: String
    /// How long a cookie counts from when it was issued; nil: as long as the client keeps it.
    public var absoluteTimeout: Duration?

    public init(kind: Kind, name: String, absoluteTimeout: Duration? = nil) {
        self.kind = kind
        self.name = name
        self.absoluteTimeout = absoluteTimeout
    }
}

/// nil: the proxy's default. Zero: no limit (GEP-1742).
public struct Timeouts: Hashable, Sendable {
    /// The whole request, retries included.
    public var request: Duration?
    /// One try.
    public var backendRequest: Duration?
    /// A stream (upgraded, or a body under way) on which nothing moves.
    public var streamIdle: Duration?

    public init(request: Duration? = nil, backendRequest: Duration? = nil, streamIdle: Duration? = nil) {
        self.request = request
        self.backendRequest = backendRequest
        self.streamIdle = streamIdle
    }
}

public struct Retry: Hashable, Sendable {
    /// Further tries after the first.
    public var attempts: Int
    public var codes: [Int]
    public var backoff: Duration
    /// Retries may be at most this share of the cluster's requests.
    public var budgetPercent: Int

    public init(attempts: Int, codes: [Int] = [], backoff: Duration = .milliseconds(25), budgetPercent: Int = 20) {
        self.attempts = attempts
        self.codes = codes
        self.backoff = backoff
        self.budgetPercent = budgetPercent
    }
}

/// A second endpoint is asked before the first has failed.
public struct Hedge: Hashable, Sendable {
    /// From the try's beginning, at least a millisecond.
    public var after: Duration
    /// Hedges may be at most this share of the cluster's requests.
    public var maxPercent: Int

    public init(after: Duration, maxPercent: Int = 10) {
        self.after = after
        self.maxPercent = maxPercent
    }
}
