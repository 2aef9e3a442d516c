public import Graph
public import Resources

/// Makes a routing graph from a snapshot: pure and total. It keeps what it made before only to share unchanged parts and to tell
/// changes of endpoints from changes of routing.
public struct Translator: Sendable {
    public let settings: TranslatorSettings
    private var assembly: Assembly
    private var hasTranslated = false

    public init(_ settings: TranslatorSettings) {
        self.settings = settings
        assembly = Assembly(settings)
    }

    /// What a changed snapshot asks for.
    public enum Change: Sendable {
        case nothing
        /// Only cells: no new graph.
        case cells([CellUpdate])
        case translation(Translation)
    }

    /// How the statuses of the last translation differ from those before it: with many routes, whoever writes statuses need not compare.
    /// They are told once.
    public mutating func takeStatusEdits() -> [StatusEdit] {
        defer { assembly.statusEdits = [] }
        return assembly.statusEdits
    }

    /// The Secrets that objects refer to, existing or not; and a number that grows whenever they change.
    public var secrets: Set<ObjectReference> {
        Set(
            assembly.dependents.secrets.map {
                ObjectReference(kind: Secret.kind.kind, namespace: $0.namespace, name: $0.name)
            })
    }
    public var secretsVersion: Int { assembly.dependents.secretsVersion }

    /// The whole snapshot.
    public mutating func translate(_ snapshot: Snapshot) -> Translation {
        hasTranslated = true
        _ = assembly.refresh(snapshot, assembly.everything(snapshot))
        return assembly.translation
    }

    /// What follows from a change of `changed` since the last call.
    public mutating func update(_ snapshot: Snapshot, changed: Set<ObjectReference>) -> Change {
        guard hasTranslated else { return .translation(translate(snapshot)) }
        let effects = assembly.refresh(snapshot, assembly.marks(snapshot, changed))
        if effects.isTranslation { return .translation(assembly.translation) }
        let cells = effects.endpoints.sorted { $0.id < $1.id }.map { CellUpdate.endpoints($0.id, $0.endpoints ?? []) }
        return cells.isEmpty ? .nothing : .cells(cells)
    }
}
