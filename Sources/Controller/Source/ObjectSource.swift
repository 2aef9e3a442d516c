public import Base
public import Kubernetes
public import Resources
public import Translator

/// Where the objects come from: a cluster, or a folder of manifests.
public protocol ObjectSource: Sendable {
    /// Delivers what exists and what changes, until the task is cancelled. `deliver` takes any time only to put things down.
    func run(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async

    /// Delivers these objects again, whole. Returns at once.
    func read(_ objects: [ObjectReference])

    /// How well each part of the source is kept up with, for metrics and pages.
    var feeds: [FeedFigures] { get }

    /// Whether whoever has the objects gives no answer at present. A delivery follows each change of it, with or without changes of objects.
    var isUnreachable: Bool { get }
}

extension ObjectSource {
    /// For sources whose objects are never let go of.
    public func read(_ objects: [ObjectReference]) {}
}

/// One thing that a source learned.
public enum SourceChange: Sendable {
    /// All objects of a kind that exist, in one namespace or (nil) anywhere.
    case replaced(ResourceKind, namespace: String?, [Arrival])
    case put(ResourceKind, Arrival)
    case removed(ResourceKind, ObjectReference)

    public var kind: ResourceKind {
        switch self {
        case .replaced(let kind, _, _), .put(let kind, _), .removed(let kind, _): kind
        }
    }
}

/// What a source learned at one moment, in order.
public struct SourceBatch: Sendable {
    public var changes: [SourceChange]
    /// When it was there, before it was decoded.
    public var receivedAt: Instant
    /// Everything that the source can list has been listed at least once: only then is there something to translate.
    public var isComplete: Bool
    /// The changes take effect together or not at all: no lane of their own for EndpointSlices.
    public var isWhole: Bool
    /// How far the changes, all of one kind, bring their feed. There may be marks without changes: then nothing changed up to there.
    public var marks = FeedMarks()

    public init(
        _ changes: [SourceChange], receivedAt: Instant = MonotonicClock.now, isComplete: Bool, isWhole: Bool = false
    ) {
        self.changes = changes
        self.receivedAt = receivedAt
        self.isComplete = isComplete
        self.isWhole = isWhole
    }
}

/// One kind in one namespace (or everywhere), or a folder, and how it stands.
public struct FeedFigures: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// Nothing has been listed yet.
        case starting
        case current
        /// The API server has no such resource.
        case missing
        /// We may not read it.
        case denied
        /// It cannot be kept up with at present; the last objects stay valid.
        case troubled
    }

    /// `routes.martlet.dev`, or a folder.
    public var name: String
    /// nil means all namespaces.
    public var namespace: String?
    /// The one object that is watched; nil means all.
    public var object: String?
    public var state: State
    /// What the trouble is, with its remedy; empty when there is none.
    public var problem: String

    public init(
        name: String, namespace: String? = nil, object: String? = nil, state: State = .starting, problem: String = ""
    ) {
        self.name = name
        self.namespace = namespace
        self.object = object
        self.state = state
        self.problem = problem
    }
}

extension ResourceKind {
    /// The same for the client.
    var type: ResourceType {
        ResourceType(group: group, version: version, plural: plural, kind: kind, isNamespaced: isNamespaced)
    }
}
