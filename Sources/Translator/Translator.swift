public import Graph
public import Resources

/// Makes a routing graph from a snapshot: pure and total. It keeps what it made before only to share unchanged parts and to tell
/// changes of endpoints from changes of routing.
public struct Translator: Sendable {
    public let settings: TranslatorSettings
    private var last = Translation()

    public init(_ settings: TranslatorSettings) { self.settings = settings }

    /// What a changed snapshot asks for.
    public enum Change: Sendable {
        case nothing
        /// Only cells: no new graph.
        case cells([CellUpdate])
        case translation(Translation)
    }

    /// The whole snapshot.
    public mutating func translate(_ snapshot: Snapshot) -> Translation { last }

    /// What follows from a change of `changed` since the last call.
    public mutating func update(_ snapshot: Snapshot, changed: Set<ObjectReference>) -> Change { .translation(translate(snapshot)) }
}
