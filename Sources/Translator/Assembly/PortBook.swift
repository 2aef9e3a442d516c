import Documents
import Graph
import Resources

/// A port of the gateway's that takes connections or datagrams as they come.
struct PortKey: Hashable, Sendable, Comparable {
    var transport: Transport
    var port: UInt16

    static func < (a: Self, b: Self) -> Bool { (a.port, a.transport.rawValue) < (b.port, b.transport.rawValue) }

    /// `TCP port 9000`
    var words: String { "\(transport.rawValue.uppercased()) port \(port)" }
}

/// What a Route wants of one port. Immutable.
final class PortClaim: Sendable {
    let port: PortKey
    let origin: Origin
    /// Where the port was written.
    let field: FieldPath
    let rule: Rule

    init(port: PortKey, origin: Origin, field: FieldPath, rule: Rule) {
        self.port = port
        self.origin = origin
        self.field = field
        self.rule = rule
    }
}

/// Who claims which port: nothing tells two Routes on one apart, so the oldest has it.
struct PortBook {
    private var claims: [PortKey: [PortClaim]] = [:]
    private var served: [PortKey: Host] = [:]
    private var told: [PortKey: [Diagnostic]] = [:]
    private var touched: Set<PortKey> = []

    mutating func replace(_ old: [PortClaim], with new: [PortClaim]) {
        for claim in old {
            claims[claim.port]?.removeAll { $0 === claim }
            touched.insert(claim.port)
        }
        for claim in new {
            claims[claim.port, default: []].append(claim)
            touched.insert(claim.port)
        }
    }

    /// What has become of one port.
    struct Change {
        var port: PortKey
        /// nil: nobody has it.
        var host: Host?
        /// The host is another one than before.
        var isOther: Bool
        var diagnostics: [Diagnostic]
        /// Who is told something, or was.
        var concerned: [ObjectReference]

        /// - Parameter declaring: the port has a listener because somebody claims it.
        func apply(to listeners: inout [Listener], declaring: Bool) {
            let key = ListenerKey(address: "0.0.0.0", port: port.port, transport: port.transport)
            if declaring { listeners.removeAll { $0.key == key } }
            if declaring, host != nil {
                listeners.insert(Listener(key: key), at: listeners.firstIndex { key < $0.key } ?? listeners.endIndex)
            }
            for i in listeners.indices
            where listeners[i].key.port == port.port && listeners[i].key.transport == port.transport {
                listeners[i].hosts = [host].compactMap(\.self)
            }
        }
    }

    /// Judges the claims that changed, in the order of ports.
    mutating func settle() -> [Change] {
        defer { touched = [] }
        return touched.sorted().map { port in
            let byAge = (claims[port] ?? []).sorted { $0.origin.age < $1.origin.age }
            if byAge.isEmpty { claims[port] = nil }
            let before = (host: served[port], diagnostics: told[port] ?? [])
            served[port] = byAge.first.map { owner in
                let host = Host(pattern: .any, entries: [Entry(match: Match(), rule: owner.rule)], isJoined: true)
                return before.host == host ? before.host ?? host : host
            }
            let diagnostics = byAge.dropFirst().map { Self.refusal($0, owner: byAge[0]) }
            told[port] = diagnostics.isEmpty ? nil : diagnostics
            return Change(
                port: port, host: served[port], isOther: served[port] !== before.host, diagnostics: diagnostics,
                concerned: (before.diagnostics + diagnostics).map(\.subject))
        }
    }

    private static func refusal(_ claim: PortClaim, owner: PortClaim) -> Diagnostic {
        claim.origin.diagnostic(
            .error, claim.field, condition: Refusal.accepted, reason: Refusal.portClaimed.rawValue,
            "\(owner.origin.subject), which is older, has \(claim.port.words), so nothing of it comes here; use another port, or remove "
                + "one of the two.")
    }
}
