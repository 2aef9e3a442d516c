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
        var secrets = Set(
            assembly.dependents.secrets.map {
                ObjectReference(kind: Secret.kind.kind, namespace: $0.namespace, name: $0.name)
            })
        if let byDefault = settings.defaultCertificate { secrets.insert(byDefault) }
        return secrets
    }
    public var secretsVersion: Int { assembly.dependents.secretsVersion }

    /// What the proxy has to be told about certificates because of the last call, by Secret: the bytes of those that are new before it gets
    /// the graph that names them, and that others are gone after the graph that names them no longer.
    public private(set) var certificateUpdates: [CellUpdate] = []

    /// When the certificates that are presented end, in seconds since 1970, by `namespace/name` of their Secrets.
    public var certificateExpiries: [String: Int64] { assembly.certificates.expiries }

    /// When a certificate begins to be valid or ceases to be, in seconds since 1970: `update` has to be called then, without any change.
    public var nextMoment: Int64? { assembly.certificates.nextMoment }

    /// The objects that refer to a Secret.
    public func users(ofSecret secret: ObjectReference) -> [ObjectReference] {
        assembly.dependents.on(secret: ObjectKey(secret)).sorted()
    }

    /// The whole snapshot.
    ///
    /// - Parameter now: seconds since 1970, by which certificates are judged; nil judges none by its time.
    public mutating func translate(_ snapshot: Snapshot, now: Int64? = nil) -> Translation {
        hasTranslated = true
        certificateUpdates = assembly.refresh(snapshot, assembly.everything(snapshot), at: now).certificates
        return assembly.translation
    }

    /// What follows from a change of `changed` since the last call, and from the time that has passed.
    ///
    /// - Parameter now: as for `translate`.
    public mutating func update(_ snapshot: Snapshot, changed: Set<ObjectReference>, now: Int64? = nil) -> Change {
        guard hasTranslated else { return .translation(translate(snapshot, now: now)) }
        let effects = assembly.refresh(snapshot, assembly.marks(snapshot, changed), at: now)
        certificateUpdates = effects.certificates
        if effects.isTranslation { return .translation(assembly.translation) }
        let endpoints = effects.endpoints.sorted { $0.id < $1.id }.map { CellUpdate.endpoints($0.id, $0.endpoints ?? []) }
        let cells = endpoints + effects.weights + certificateUpdates
        return cells.isEmpty ? .nothing : .cells(cells)
    }
}
