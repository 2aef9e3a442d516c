public import Kubernetes

/// The other replicas as the leader knows them, for what statuses say of them. Pure.
public struct Fleet: Sendable, Equatable {
    /// One that is counted.
    public struct Replica: Sendable, Equatable {
        /// What people call it: the pod's name.
        public var name: String
        /// What every worker of it serves; nil while it was not asked, and empty while it does not know itself.
        public var marks: FeedMarks?

        public init(name: String, marks: FeedMarks?) {
            self.name = name
            self.marks = marks
        }
    }

    /// In the order of their names.
    public var replicas: [Replica]
    /// Names of those that gave no answer for so long that they are left out.
    public var silent: [String]
    /// Whether it is known who they are.
    public var isKnown: Bool

    public init(replicas: [Replica] = [], silent: [String] = [], isKnown: Bool = true) {
        self.replicas = replicas
        self.silent = silent
        self.isKnown = isKnown
    }

    /// Nobody was found or asked yet.
    public static let unknown = Fleet(isKnown: false)

    /// How an object stands with the other replicas.
    enum Standing: Equatable {
        /// Every one that answers serves it.
        case served
        /// Some do not, or it is not known whether they do.
        ///
        /// - certain: a replica said so.
        case missing(names: [String], certain: Bool)
    }

    /// - Parameters:
    ///   - feed: the name of the feed of the object's kind in all namespaces.
    ///   - version: when the object became what it is.
    func standing(of feed: String, namespace: String, since version: String) -> Standing {
        var names: [String] = []
        var isCertain = false
        for replica in replicas {
            let covers = replica.marks.flatMap { $0.cover(feed, namespace: namespace, since: version) }
            if covers == true { continue }
            names.append(replica.name)
            if covers == false { isCertain = true }
        }
        return names.isEmpty && isKnown ? .served : .missing(names: names, certain: isCertain)
    }

    /// Whether a replica serves less than it did in `earlier`, or says what it serves for the first time: then objects that were served by all
    /// may no longer be.
    func isLess(than earlier: Fleet) -> Bool {
        let before = Dictionary(earlier.replicas.map { ($0.name, $0.marks) }) { first, _ in first }
        return replicas.contains { replica in
            guard let marks = replica.marks else { return false }
            guard let old = before[replica.name] ?? nil, !old.isEmpty else { return true }
            return old.versions.contains { feed, version in
                marks[feed].map { ResourceVersion.isOlder($0, than: version) } ?? true
            }
        }
    }
}

/// The way between the controller and whoever speaks with the other replicas: Wiring fills it in.
public struct FleetLink: Sendable {
    /// Takes over what every worker of this replica serves; returns at once.
    public var serve: @Sendable (FeedMarks) -> Void
    /// Whether this replica leads, and so has to know the others; returns at once.
    public var lead: @Sendable (Bool) -> Void

    public init(serve: @escaping @Sendable (FeedMarks) -> Void, lead: @escaping @Sendable (Bool) -> Void) {
        self.serve = serve
        self.lead = lead
    }
}
