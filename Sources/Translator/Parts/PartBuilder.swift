import Base
import Documents
import Graph
import Resources

/// What parts are made from, besides their own object. Many are made at once.
struct PartContext: Sendable {
    let snapshot: Snapshot
    let settings: TranslatorSettings
    let classes: Classes
    let certificates: CertificateDesk
}

/// Collects what one object contributes. Total: what cannot be used becomes a diagnostic, and the rest counts.
struct PartBuilder {
    let context: PartContext
    let subject: ObjectReference
    let origin: Origin
    private(set) var claims: [HostPattern: Claim] = [:]
    private(set) var ports: [PortClaim] = []
    private(set) var rules: [String: Rule] = [:]
    private(set) var clusters: Set<ClusterID> = []
    /// What rules demand of those of them that are chosen among as the rules say.
    private(set) var demands: [ClusterID: ClusterDemands] = [:]
    private(set) var services: Set<ObjectKey> = []
    private(set) var secrets: Set<ObjectKey> = []
    private(set) var diagnostics: [Diagnostic] = []
    /// Arms that shall have everything, if they have endpoints.
    var switches: [ArmSwitch] = []
    private var previousRules: [String: Rule] = [:]
    /// Of rules that are made from now on.
    var unsealed = Unsealed.served
    /// What backends are looked for now.
    var use = BackendUse.requests

    /// - Parameter previous: the part of the same object made before; its rules are used again where they are equal.
    init<R: Resource>(_ stored: Stored<R>, _ metadata: ObjectMeta, _ context: PartContext, previous: RoutePart?) {
        self.context = context
        subject = stored.reference
        let origin = Origin(stored, metadata)
        self.origin = previous.flatMap { $0.origin == origin ? $0.origin : nil } ?? origin
        if let previous { for rule in previous.rules { previousRules[rule.id] = rule } }
    }

    // MARK: Saying what is wrong

    mutating func report(
        _ severity: Diagnostic.Severity, _ path: FieldPath, condition: String = "", reason: String, _ message: String
    ) {
        diagnostics.append(origin.diagnostic(severity, path, condition: condition, reason: reason, message))
    }

    /// The object cannot be obeyed as it is.
    mutating func refuse(_ path: FieldPath, _ reason: Refusal, _ message: String) {
        report(.error, path, condition: reason.condition, reason: reason.rawValue, message)
    }

    mutating func report(_ diagnostics: [Diagnostic]) { self.diagnostics += diagnostics }

    mutating func report(_ problems: [FieldProblem], condition: String = Refusal.accepted) {
        diagnostics += problems.map { $0.diagnostic(at: origin, condition: condition) }
    }

    // MARK: Contributing

    /// The rule of that id; an equal one that exists already is taken instead.
    mutating func rule(_ rule: Rule) -> Rule {
        let twin = [rules[rule.id], previousRules[rule.id]].compactMap(\.self).first { $0 == rule }
        rules[rule.id] = twin ?? rule
        return twin ?? rule
    }

    /// - Parameter field: where the host was written.
    mutating func claim(
        _ pattern: HostPattern, _ entries: [RankedEntry] = [], tls wanted: ClaimedTLS? = nil, isRouting: Bool = true,
        field: FieldPath
    ) {
        let known = claims[pattern]
        var tls = known?.tls?.value ?? ClaimedTLS()
        for certificate in wanted?.certificates ?? []
        where !tls.certificates.contains(where: { $0.secret == certificate.secret }) {
            tls.certificates.append(certificate)
        }
        tls.clients = tls.clients ?? wanted?.clients
        claims[pattern] = Claim(
            pattern: pattern, origin: origin, field: known?.isRouting == true ? known?.field ?? field : field,
            entries: known.map { $0.entries + entries } ?? entries,
            tls: tls == ClaimedTLS() ? nil : wanted == nil ? known?.tls : Rare(tls),
            isRouting: isRouting || known?.isRouting == true)
    }

    /// - Parameter rule: what becomes of every connection for that host, whose TLS the endpoints end.
    mutating func claim(_ pattern: HostPattern, joinedBy rule: Rule, field: FieldPath) {
        let entry = RankedEntry(Entry(match: Match(), rule: rule), of: origin, rule: 0, match: 0, field: field)
        claims[pattern] = Claim(
            pattern: pattern, origin: origin, field: field, entries: [entry], tls: nil, isRouting: true, isJoined: true)
    }

    mutating func claim(_ port: PortKey, _ rule: Rule, field: FieldPath) {
        ports.append(PortClaim(port: port, origin: origin, field: field, rule: rule))
    }

    // MARK: Looking for others

    mutating func service(_ key: ObjectKey) -> Stored<Service>? {
        services.insert(key)
        return context.snapshot.services[key]
    }

    mutating func finding(of secret: ObjectKey) -> CertificateFinding {
        secrets.insert(secret)
        return context.certificates.finding(of: secret)
    }

    mutating func authority(of secret: ObjectKey) -> AuthorityFinding {
        secrets.insert(secret)
        return context.certificates.authority(of: secret)
    }

    mutating func cluster(_ cluster: ClusterReference) -> ClusterID {
        clusters.insert(cluster.id).memberAfterInsert
    }

    /// What rules that lead to wherever the action goes want of its clusters.
    mutating func demand(_ demand: ClusterDemands, of split: Split) {
        for arm in split.arms {
            for case .cluster(let id) in arm.backends.map(\.target) { demands[id, default: []].formUnion(demand) }
        }
    }
}

/// What backends are for, which decides on what may be one.
enum BackendUse {
    case requests, connections, datagrams

    var transport: ClusterReference.Transport { self == .datagrams ? .udp : .tcp }
}

/// Why something that a user wrote cannot be obeyed: reason codes that answers, Events and conditions share.
enum Refusal: String, Sendable {
    /// Codes of broken rules, as `Pipeline.Reason` knows them.
    case ruleBroken = "RuleBroken"
    case backendNotFound = "BackendNotFound"
    case portNotFound = "PortNotFound"
    case invalidKind = "InvalidKind"
    case notPermitted = "RefNotPermitted"
    case backendInvalid = "BackendInvalid"
    case filterInvalid = "FilterInvalid"
    case noBackend = "NoBackend"
    /// Of hosts.
    case hostnameInvalid = "HostnameInvalid"
    case hostnameClaimed = "HostnameClaimed"
    /// Of ports.
    case portNotDeclared = "PortNotDeclared"
    case portClaimed = "PortClaimed"
    /// Of certificates.
    case secretNotFound = "SecretNotFound"
    case secretInvalid = "SecretInvalid"
    case certificateInvalid = "CertificateInvalid"
    case certificateOutOfTime = "CertificateOutOfTime"

    /// The code of such a rule is `filterInvalid`.
    static let incompatibleFilters = "IncompatibleFilters"

    static let accepted = "Accepted"
    static let resolvedRefs = "ResolvedRefs"

    /// The status condition that becomes false.
    var condition: String {
        switch self {
        case .backendNotFound, .portNotFound, .invalidKind, .notPermitted, .backendInvalid, .secretNotFound, .secretInvalid,
            .certificateInvalid, .certificateOutOfTime:
            Self.resolvedRefs
        case .ruleBroken, .filterInvalid, .noBackend, .hostnameInvalid, .hostnameClaimed, .portNotDeclared, .portClaimed:
            Self.accepted
        }
    }
}

extension FieldProblem {
    func diagnostic(at origin: Origin, condition: String) -> Diagnostic {
        let reason =
            switch kind {
            case .unknownField: "UnknownField"
            case .wrongType, .invalidValue: "InvalidValue"
            case .missing: "MissingField"
            }
        return origin.diagnostic(
            severity == .error ? .error : .warning, path, condition: severity == .error ? condition : "", reason: reason, message)
    }
}
