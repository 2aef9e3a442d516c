import Base
public import Graph
public import Resources

/// What a snapshot means: the graph to serve, what to tell the authors, and what to write into statuses.
public struct Translation: Sendable, Equatable {
    public var graph = RoutingGraph()
    /// Sorted by object and parent.
    public var statuses: [RouteStatus] = []
    /// Sorted by subject, path and reason.
    public var diagnostics: [Diagnostic] = []

    public init() {}
}

/// One entry of a route's `status.parents`, without `Programmed`, which only the controller knows. Ingresses have one as well: it says
/// that they are ours, and nothing of it but the load balancer's address is written. Immutable: translations and whoever writes statuses
/// hold the same.
public final class RouteStatus: Sendable, Equatable {
    public var object: ObjectReference { origin.subject }
    public var uid: ObjectUID { origin.uid }
    private let origin: Origin
    /// The object's `metadata.generation` that was translated.
    public let observedGeneration: Int
    /// What the route is attached to: an IngressClass now, a Gateway later.
    public var parent: ObjectReference { shared.value.reference }
    public var controllerName: String { shared.value.controllerName }
    private let shared: Rare<RouteParent>
    public let conditions: [RouteCondition]

    public convenience init(
        object: ObjectReference, uid: ObjectUID, observedGeneration: Int, parent: ObjectReference, controllerName: String,
        conditions: [RouteCondition]
    ) {
        self.init(
            Origin(object, uid: uid), observedGeneration: observedGeneration,
            parent: Rare(RouteParent(reference: parent, controllerName: controllerName)), conditions: conditions)
    }

    init(_ origin: Origin, observedGeneration: Int, parent: Rare<RouteParent>, conditions: [RouteCondition]) {
        self.origin = origin
        self.observedGeneration = observedGeneration
        shared = parent
        self.conditions = conditions
    }

    public static func == (a: RouteStatus, b: RouteStatus) -> Bool {
        a === b
            || (a.object == b.object && a.uid == b.uid && a.observedGeneration == b.observedGeneration && a.shared == b.shared
                && a.conditions == b.conditions)
    }
}

/// What routes are attached to, and as whose: thousands share one.
struct RouteParent: Equatable, Sendable {
    var reference: ObjectReference
    var controllerName: String
}

/// All statuses of one object after a change; none when it is gone or not ours.
public struct StatusEdit: Sendable, Equatable {
    public var object: ObjectReference
    public var statuses: [RouteStatus]

    public init(object: ObjectReference, statuses: [RouteStatus]) {
        self.object = object
        self.statuses = statuses
    }
}

/// A condition without its time of transition, which belongs to the object as written.
public struct RouteCondition: Sendable, Equatable {
    /// `Accepted`, `ResolvedRefs`.
    public var type: String
    public var isTrue: Bool
    public var reason: String
    public var message: String

    public init(type: String, isTrue: Bool, reason: String, message: String) {
        self.type = type
        self.isTrue = isTrue
        self.reason = reason
        self.message = message
    }
}
