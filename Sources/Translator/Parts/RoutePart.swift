import Documents
import Graph
import Resources

/// What one Ingress, Route or exposed Service contributes, and what it was made from. Immutable, kept until one of its sources changes.
final class RoutePart: Sendable {
    let reference: ObjectReference
    let metadata: ObjectMeta
    /// What it is attached to; nil when nobody of ours serves it.
    let parent: ObjectReference?
    let claims: [Claim]
    let rules: [String: Rule]
    let clusters: Set<ClusterReference>
    /// Services and Secrets that were looked for, found or not: when one of them changes, the part is made anew.
    let services: Set<ObjectKey>
    let secrets: Set<ObjectKey>
    let diagnostics: [Diagnostic]

    init(_ builder: consuming PartBuilder, metadata: ObjectMeta, parent: ObjectReference?) {
        reference = builder.subject
        self.metadata = metadata
        self.parent = parent
        claims = builder.claims.values.sorted { $0.pattern < $1.pattern }
        rules = builder.rules
        clusters = builder.clusters
        services = builder.services
        secrets = builder.secrets
        diagnostics = builder.diagnostics
    }
}

/// What a part wants of one host. Immutable.
final class Claim: Sendable {
    let pattern: HostPattern
    let age: Age
    let origin: Origin
    /// Where the host was written, from the object's root.
    let field: FieldPath
    let entries: [RankedEntry]
    /// `namespace/name` of a Secret.
    let certificate: String?
    let certificateField: FieldPath
    /// Whether it wants requests, and not only to present a certificate.
    let isRouting: Bool

    init(
        pattern: HostPattern, age: Age, origin: Origin, field: FieldPath, entries: [RankedEntry], certificate: String?,
        certificateField: FieldPath, isRouting: Bool
    ) {
        self.pattern = pattern
        self.age = age
        self.origin = origin
        self.field = field
        self.entries = entries
        self.certificate = certificate
        self.certificateField = certificateField
        self.isRouting = isRouting
    }

    var object: ObjectReference { age.object }
    /// Ingresses of several namespaces may share a host, as they always could; anything else may not.
    var merges: Bool { object.kind == Ingress.kind.kind }
}

/// A place in an object as somebody wrote it.
struct Origin: Sendable {
    var subject: ObjectReference
    var lines: Located

    func diagnostic(
        _ severity: Diagnostic.Severity, _ path: FieldPath, condition: String = "", reason: String, _ message: String
    ) -> Diagnostic {
        Diagnostic(
            severity, subject, path: path, condition: condition, reason: reason, message: message, file: lines.file,
            line: lines.file.isEmpty ? 0 : lines.line(of: path))
    }
}

/// A Service's port that something refers to.
struct ClusterReference: Hashable, Sendable {
    var service: ObjectKey
    var port: Int

    var id: ClusterID { "\(service):\(port)" }
}

extension RoutePart {
    /// What the object contributes now; nil when it is gone or not ours.
    static func make(_ object: ObjectReference, _ context: PartContext, previous: RoutePart?) -> RoutePart? {
        let key = ObjectKey(object)
        let snapshot = context.snapshot
        return switch object.kind {
        case Ingress.kind.kind: snapshot.ingresses[key].flatMap { make($0, context, previous: previous) }
        case Route.kind.kind: snapshot.routes[key].flatMap { make($0, context, previous: previous) }
        case Service.kind.kind: snapshot.services[key].flatMap { make($0, context, previous: previous) }
        default: nil
        }
    }
}
