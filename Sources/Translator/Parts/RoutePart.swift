import Base
import Documents
import Graph
import Resources

/// What one Ingress, Route or exposed Service contributes, and what it was made from. Immutable, kept until one of its sources changes.
final class RoutePart: Sendable {
    let uid: ObjectUID
    let generation: Int
    /// What it is attached to; nil when nobody of ours serves it.
    let parent: Rare<ObjectReference>?
    /// By pattern.
    let claims: [Claim]
    let rules: [Rule]
    let clusters: [ClusterReference]
    /// Services and Secrets that were looked for, found or not: when one of them changes, the part is made anew.
    let services: [ObjectKey]
    let secrets: [ObjectKey]
    let diagnostics: [Diagnostic]

    init(_ builder: consuming PartBuilder, metadata: ObjectMeta, parent: Rare<ObjectReference>?) {
        uid = metadata.uid
        generation = metadata.generation
        self.parent = parent
        claims = builder.claims.values.sorted { $0.pattern < $1.pattern }
        rules = Array(builder.rules.values)
        clusters = Array(builder.clusters)
        services = Array(builder.services)
        secrets = Array(builder.secrets)
        diagnostics = builder.diagnostics
    }
}

/// What a part wants of one host. Immutable. Two claims of one object on the same host are the same claim, of which the later counts.
final class Claim: Sendable, Hashable {
    let pattern: HostPattern
    let origin: Origin
    /// Where the host was written, from the object's root.
    let field: FieldPath
    let entries: [RankedEntry]
    let certificate: Rare<ClaimedCertificate>?
    /// Whether it wants requests, and not only to present a certificate.
    let isRouting: Bool

    init(
        pattern: HostPattern, origin: Origin, field: FieldPath, entries: [RankedEntry],
        certificate: Rare<ClaimedCertificate>?, isRouting: Bool
    ) {
        self.pattern = pattern
        self.origin = origin
        self.field = field
        self.entries = entries
        self.certificate = certificate
        self.isRouting = isRouting
    }

    var object: ObjectReference { origin.subject }
    var age: Age { origin.age }
    /// Ingresses of several namespaces may share a host, as they always could; anything else may not.
    var merges: Bool { object.kind == Ingress.kind.kind }

    static func == (a: Claim, b: Claim) -> Bool { a === b || (a.object == b.object && a.pattern == b.pattern) }
    func hash(into hasher: inout Hasher) { hasher.combine(object) }
}

/// A certificate that is wanted for a host.
struct ClaimedCertificate: Equatable, Sendable {
    var secret: ObjectKey
    /// Nothing is wrong with it.
    var isSound: Bool
    var field: FieldPath
}

/// An object of which places are named as somebody wrote them. One for all parts of it.
final class Origin: Sendable {
    let subject: ObjectReference
    /// Empty for files, which makes them the oldest.
    let created: CreationTime
    private let lines: Located

    init<R: Resource>(_ stored: Stored<R>, created: CreationTime = "") {
        subject = stored.reference
        lines = stored.lines
        self.created = created
    }

    var age: Age { Age(created, subject) }

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
