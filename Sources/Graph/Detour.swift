/// Where requests for a cluster go instead of to its own endpoints.
///
/// It is part of the cluster's cell: a change of it is one for all workers, and links no rule. A request takes one step: the detour of the
/// cluster that it reaches is for requests that were sent to that one. While a switchover is in force, canaries rest.
public struct Detour: Hashable, Sendable {
    /// A cluster that gets a part of the requests.
    public struct Canary: Hashable, Sendable {
        public var cluster: ClusterID
        /// Of all requests, in hundredths of a percent. The shares of all canaries come to 10,000 at most.
        public var share: Int
        /// Which requests go there whatever the share.
        public var header: Header?
        /// Under which name its requests are counted, where they are (`Count`).
        public var arm: String

        public init(_ cluster: ClusterID, share: Int, header: Header? = nil, arm: String = "") {
            self.cluster = cluster
            self.share = share
            self.header = header
            self.arm = arm
        }
    }

    /// A field by which a request asks for a canary.
    public struct Header: Hashable, Sendable {
        /// In lower case.
        public var name: String
        public var value: String
        /// The value that keeps a request away from the canary; nil: none does.
        public var veto: String?

        public init(name: String, value: String, veto: String? = nil) {
            self.name = name
            self.value = value
            self.veto = veto
        }
    }

    /// Requests are counted by where they go, as those of a rule are by their arms: for whoever judges the shares.
    public struct Count: Hashable, Sendable {
        /// Instead of a rule's id.
        public var rule: String
        /// The name of the cluster itself; empty: what stays there is not counted.
        public var own: String

        public init(rule: String, own: String) {
            self.rule = rule
            self.own = own
        }
    }

    /// A cluster that gets everything while it has an endpoint that is ready.
    public struct Switchover: Hashable, Sendable {
        public var cluster: ClusterID
        /// Also while it has none.
        public var isForced: Bool

        public init(_ cluster: ClusterID, isForced: Bool = false) {
            self.cluster = cluster
            self.isForced = isForced
        }
    }

    /// In the order in which they are asked for a header.
    public var canaries: [Canary]
    public var switchover: Switchover?
    public var count: Count?

    /// All shares together.
    public static let whole = 10_000

    public init(canaries: [Canary] = [], switchover: Switchover? = nil, count: Count? = nil) {
        self.canaries = canaries
        self.switchover = switchover
        self.count = count
    }

    /// Whether requests for a cluster with this detour find a ready endpoint, there or where it is switched to.
    public static func serves(_ cluster: ClusterID, _ switchover: Switchover?, isReady: (ClusterID) -> Bool) -> Bool {
        guard let switchover else { return isReady(cluster) }
        return isReady(switchover.cluster) || (!switchover.isForced && isReady(cluster))
    }

    /// Everything that it may lead to.
    public var clusters: [ClusterID] { canaries.map(\.cluster) + [switchover?.cluster].compactMap(\.self) }
}
