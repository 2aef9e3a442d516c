import Base
import Documents
import Graph
import Resources
import Secure

/// What one Ingress, Route or exposed Service contributes, and what it was made from. Immutable, kept until one of its sources changes.
final class RoutePart: Sendable {
    let origin: Origin
    let generation: Int
    /// What it is attached to; nil when nobody of ours serves it.
    let parent: Rare<RouteParent>?
    private let firstClaim: Claim?
    private let firstCluster: ClusterID?
    private let more: More?

    /// What most parts have none of: they have one claim and one cluster, and nothing is wrong with them.
    private final class More: Sendable {
        let claims: [Claim]
        let ports: [PortClaim]
        let clusters: [ClusterID]
        let demands: [ClusterID: ClusterDemands]
        /// Services that were looked for without a cluster coming of it.
        let services: [ObjectKey]
        let secrets: [ObjectKey]
        let diagnostics: [Diagnostic]
        let switches: [ArmSwitch]

        init?(_ claims: [Claim], _ clusters: [ClusterID], _ builder: PartBuilder, _ services: Set<ObjectKey>) {
            if claims.isEmpty, builder.ports.isEmpty, clusters.isEmpty, services.isEmpty, builder.secrets.isEmpty,
                builder.diagnostics.isEmpty, builder.switches.isEmpty, builder.demands.isEmpty
            {
                return nil
            }
            self.claims = claims
            ports = builder.ports
            self.clusters = clusters
            demands = builder.demands
            self.services = Array(services)
            secrets = Array(builder.secrets)
            diagnostics = builder.diagnostics
            switches = builder.switches
        }
    }

    init(_ builder: consuming PartBuilder, metadata: ObjectMeta, parent: Rare<RouteParent>?) {
        origin = builder.origin
        generation = metadata.generation
        self.parent = parent
        let claims = builder.claims.values.sorted { $0.pattern < $1.pattern }
        let clusters = Array(builder.clusters)
        firstClaim = claims.first
        firstCluster = clusters.first
        more = More(
            Array(claims.dropFirst()), Array(clusters.dropFirst()), builder,
            builder.services.subtracting(Self.services(of: clusters)))
    }

    var object: ObjectReference { origin.subject }
    /// By pattern.
    var claims: [Claim] { [firstClaim].compactMap(\.self) + (more?.claims ?? []) }
    var ports: [PortClaim] { more?.ports ?? [] }
    var clusters: [ClusterID] { [firstCluster].compactMap(\.self) + (more?.clusters ?? []) }
    /// What its rules want of clusters.
    var demands: [ClusterID: ClusterDemands] { more?.demands ?? [:] }
    /// Services and Secrets that were looked for, found or not: when one of them changes, the part is made anew.
    var services: Set<ObjectKey> { Self.services(of: clusters).union(more?.services ?? []) }
    var secrets: [ObjectKey] { more?.secrets ?? [] }
    var diagnostics: [Diagnostic] { more?.diagnostics ?? [] }
    /// Arms that shall have everything, if they have endpoints.
    var switches: [ArmSwitch] { more?.switches ?? [] }

    private static func services(of clusters: some Sequence<ClusterID>) -> Set<ObjectKey> {
        Set(clusters.compactMap { ClusterReference($0)?.service })
    }

    /// Rules that requests may come to.
    var rules: [Rule] { claims.flatMap { $0.entries.map(\.entry.rule) } + ports.map(\.rule) }
}

/// What a part wants of one host. Immutable. Two claims of one object on the same host are the same claim, of which the later counts.
final class Claim: Sendable, Hashable {
    let pattern: HostPattern
    let origin: Origin
    /// Where the host was written, from the object's root.
    let field: FieldPath
    let entries: [RankedEntry]
    let tls: Rare<ClaimedTLS>?
    /// Whether it wants requests, and not only to present a certificate.
    let isRouting: Bool
    /// Whether it wants whole connections, whose TLS the endpoints end.
    let isJoined: Bool

    init(
        pattern: HostPattern, origin: Origin, field: FieldPath, entries: [RankedEntry],
        tls: Rare<ClaimedTLS>?, isRouting: Bool, isJoined: Bool = false
    ) {
        self.pattern = pattern
        self.origin = origin
        self.field = field
        self.entries = entries
        self.tls = tls
        self.isRouting = isRouting
        self.isJoined = isJoined
    }

    var object: ObjectReference { origin.subject }
    var age: Age { origin.age }
    /// Ingresses of several namespaces may share a host, as they always could; anything else may not.
    var merges: Bool { object.kind == Ingress.kind.kind }

    /// Whether the entries stand as their host has them.
    var isInOrder: Bool { zip(entries, entries.dropFirst()).allSatisfy { $0.rank < $1.rank } }

    static func == (a: Claim, b: Claim) -> Bool { a === b || (a.object == b.object && a.pattern == b.pattern) }
    func hash(into hasher: inout Hasher) { hasher.combine(object) }
}

/// What one object wants to present for a host, and to see of its clients.
struct ClaimedTLS: Equatable, Sendable {
    var certificates: [ClaimedCertificate] = []
    var clients: ClientDemand?
}

/// A certificate that is wanted for a host.
struct ClaimedCertificate: Equatable, Sendable {
    var secret: ObjectKey
    /// Nothing is wrong with it.
    var isSound: Bool
    /// What came last is wrong, and what was good before is presented.
    var isKept: Bool
    /// nil: not known.
    var key: PrivateKey.Kind?
    var field: FieldPath
}

/// An object of which places are named as somebody wrote them. One for all that is made of it, as long as it is the same object.
final class Origin: Sendable, Equatable {
    let subject: ObjectReference
    let uid: ObjectUID
    /// Empty for files, which makes them the oldest.
    let created: CreationTime
    /// nil for objects of a cluster, which were written nowhere.
    private let lines: Rare<Located>?

    init<R: Resource>(_ stored: Stored<R>, _ metadata: ObjectMeta = ObjectMeta()) {
        subject = stored.reference
        uid = metadata.uid
        created = metadata.creationTimestamp
        lines = stored.lines.file.isEmpty ? nil : Rare(stored.lines)
    }

    init(_ subject: ObjectReference, uid: ObjectUID) {
        self.subject = subject
        self.uid = uid
        created = ""
        lines = nil
    }

    static func == (a: Origin, b: Origin) -> Bool {
        a === b || (a.subject == b.subject && a.uid == b.uid && a.created == b.created && a.lines == b.lines)
    }

    var age: Age { Age(created, subject) }

    func diagnostic(
        _ severity: Diagnostic.Severity, _ path: FieldPath, condition: String = "", reason: String, _ message: String
    ) -> Diagnostic {
        Diagnostic(
            severity, subject, path: path, condition: condition, reason: reason, message: message, file: lines?.value.file ?? "",
            line: lines?.value.line(of: path) ?? 0)
    }
}

/// A Service's port that something refers to.
struct ClusterReference: Hashable, Sendable {
    enum Transport: Sendable {
        case tcp, udp

        /// As Services write it.
        var word: String { self == .udp ? "UDP" : "TCP" }
    }

    var service: ObjectKey
    var port: Int
    var transport = Transport.tcp

    /// A Service may have the same number for TCP and UDP.
    var id: ClusterID { "\(service):\(port)\(transport == .udp ? Self.datagrams : "")" }

    fileprivate static let datagrams = "/udp"
}

extension ClusterReference {
    /// What an id of ours refers to; nil for another text.
    init?(_ id: ClusterID) {
        let isDatagrams = id.hasSuffix(Self.datagrams)
        let written = isDatagrams ? id.dropLast(Self.datagrams.count) : id[...]
        guard let colon = written.utf8.lastIndex(of: UInt8(ascii: ":")),
            let port = Int(written[written.utf8.index(after: colon)...])
        else { return nil }
        self.init(service: ObjectKey(written: written[..<colon]), port: port, transport: isDatagrams ? .udp : .tcp)
    }
}

extension ObjectKey {
    /// What a key is written as.
    init(written text: some StringProtocol) {
        // No namespace holds a slash.
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            self.init("", String(text))
            return
        }
        self.init(String(text[..<slash]), String(text[text.utf8.index(after: slash)...]))
    }
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
