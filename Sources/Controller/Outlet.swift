public import Graph
import Resources
public import Rollouts

/// The proxy as the controller knows it: Wiring fills it in, because the controller knows nothing of the engine.
public struct Outlet: Sendable {
    /// What came of a graph.
    public struct Receipt: Sendable {
        public var generation: UInt64
        public var complaints: [Complaint]

        public init(generation: UInt64, complaints: [Complaint] = []) {
            self.generation = generation
            self.complaints = complaints
        }
    }

    /// Links and hands to the workers. Called from one thread at a time.
    public var publish: @Sendable (RoutingGraph) -> Receipt
    public var update: @Sendable (CellUpdate) -> [Complaint]
    /// Reads what every replica counted for the arms of a rule; nil when nobody could be asked.
    public var measure: @Sendable (_ rule: String) async -> ArmReading?

    public init(
        publish: @escaping @Sendable (RoutingGraph) -> Receipt, update: @escaping @Sendable (CellUpdate) -> [Complaint],
        measure: @escaping @Sendable (_ rule: String) async -> ArmReading? = { _ in nil }
    ) {
        self.publish = publish
        self.update = update
        self.measure = measure
    }
}

/// Something in a graph that the proxy does not obey: what the translator could not know.
public struct Complaint: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        case rule(String)
        case cluster(ClusterID)
        /// `namespace/name`, whose certificate is not presented.
        case secret(String)
        /// `127.0.0.1:80`
        case listener(String)
    }

    public var subject: Subject
    /// CamelCase, for Events: `EndpointRefused`.
    public var reason: String
    /// A sentence with a remedy.
    public var message: String
    /// It is made when it becomes so, and not whenever it is so: each time is news.
    public var recurs: Bool

    public init(_ subject: Subject, reason: String, message: String, recurs: Bool = false) {
        self.subject = subject
        self.reason = reason
        self.message = message
        self.recurs = recurs
    }
}

extension Complaint {
    /// The object that the rule or cluster was made from, or the Secret; nil for listeners and names of another form.
    ///
    /// Rules are called kind/namespace/name/rule (`Rule.id`), clusters namespace/service:port (`ClusterID`).
    var object: ObjectReference? {
        switch subject {
        case .rule(let id):
            let parts = id.split(separator: "/").map(String.init)
            guard parts.count >= 3, let kind = Self.kinds[parts[0]] else { return nil }
            return ObjectReference(group: kind.group, kind: kind.kind, namespace: parts[1], name: parts[2])
        case .cluster(let id):
            let parts = id.prefix { $0 != ":" }.split(separator: "/").map(String.init)
            guard parts.count == 2 else { return nil }
            return ObjectReference(kind: Service.kind.kind, namespace: parts[0], name: parts[1])
        case .secret(let name):
            let parts = name.split(separator: "/").map(String.init)
            guard parts.count == 2 else { return nil }
            return ObjectReference(kind: Secret.kind.kind, namespace: parts[0], name: parts[1])
        case .listener: return nil
        }
    }

    private static let kinds: [String: ResourceKind] = ["Ingress": Ingress.kind, "Route": Route.kind, "Service": Service.kind]
}
