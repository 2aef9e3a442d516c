/// What changed from one graph to the next, in the units that `link` and the cells work in.
///
/// Rules have no list of their own: a rule lives in the entries of hosts, and a host whose rules changed is changed.
public struct GraphDelta: Equatable, Sendable {
    /// Names of units of one kind, each list in the units' order.
    public struct Changes<ID: Hashable & Sendable>: Equatable, Sendable {
        public var added: [ID] = []
        public var removed: [ID] = []
        public var changed: [ID] = []

        public init() {}

        public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }
    }

    /// A host lives in a listener.
    public struct HostID: Hashable, Sendable {
        public var listener: ListenerKey
        public var pattern: HostPattern

        public init(listener: ListenerKey, pattern: HostPattern) {
            self.listener = listener
            self.pattern = pattern
        }
    }

    /// `changed` names listeners whose certificates differ; their hosts are listed in `hosts`.
    public var listeners = Changes<ListenerKey>()
    /// Hosts of listeners that are in both graphs.
    public var hosts = Changes<HostID>()
    public var clusters = Changes<ClusterID>()
    /// Clusters whose initial endpoints differ. These are cell values: alone they need no new plan.
    public var endpoints = Changes<ClusterID>()
    public var grants = Changes<Grant>()

    public init() {}

    public var isEmpty: Bool { !needsPlan && endpoints.isEmpty && grants.isEmpty }

    /// Whether anything but cell values and grants changed.
    public var needsPlan: Bool { !(listeners.isEmpty && hosts.isEmpty && clusters.isEmpty) }
}
