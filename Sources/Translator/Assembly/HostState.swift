import Base
import Graph
import Resources

/// One host: who claims it, who is served, and the entries in order.
struct HostState: Sendable {
    private(set) var claims = Few<Claim>()
    private var served = Few<Claim>()
    private var ranked: [RankedEntry] = []
    /// nil when nobody wants its requests.
    private(set) var host: Host?
    private var ownTLS: Rare<HostTLS>?
    private(set) var diagnostics: [Diagnostic] = []

    /// What is presented, and wanted of clients; nil: nothing of both.
    var tls: HostTLS? { ownTLS?.value }

    mutating func add(_ claim: Claim) { claims.update(with: claim) }
    mutating func remove(_ claim: Claim) { claims.remove(claim) }

    /// Judges the claims anew. Unchanged entries keep their places, an equal host stays the same object.
    mutating func settle(_ pattern: HostPattern, _ settings: TranslatorSettings) {
        let routing = claims.filter(\.isRouting)
        let owner = routing.min { $0.age < $1.age }
        var refused: Set<ObjectReference> = []
        diagnostics = []
        if let owner {
            for claim in routing where claim.object != owner.object && (claim.isJoined || owner.isJoined) {
                refuseOtherWay(claim, pattern, owner, &refused)
            }
        }
        if let owner, case .exact(let name) = pattern {
            for claim in routing where !refused.contains(claim.object) && claim.object.namespace != owner.object.namespace {
                judge(claim, name, owner, settings, &refused)
            }
        }
        serve(routing.filter { !refused.contains($0.object) })
        settleTLS(pattern, owner, refused)
        diagnostics += shadows()
        let entries = ranked.map(\.entry)
        // An empty host still claims its name; that every host is claimed by nobody in particular changes nothing.
        if routing.isEmpty || (pattern == .any && entries.isEmpty) {
            host = nil
        } else if host == nil || host?.entries != entries || host?.isJoined != owner?.isJoined {
            host = Host(pattern: pattern, entries: entries, isJoined: owner?.isJoined == true)
        }
    }

    // MARK: Ownership

    /// An exact hostname belongs to the namespace of its oldest claimant.
    private mutating func judge(
        _ claim: Claim, _ name: String, _ owner: Claim, _ settings: TranslatorSettings, _ refused: inout Set<ObjectReference>
    ) {
        if claim.merges {
            diagnostics.append(
                claim.origin.diagnostic(
                    .warning, claim.field, reason: "HostnameShared",
                    "Host '\(name)' belongs to namespace \(owner.object.namespace) (\(owner.object) is older); the paths of both are "
                        + "served together. Use a host of your own, or agree with them."))
        } else if !settings.sharesHosts {
            refused.insert(claim.object)
            diagnostics.append(
                claim.origin.diagnostic(
                    .error, claim.field, condition: Refusal.accepted, reason: Refusal.hostnameClaimed.rawValue,
                    "Host '\(name)' belongs to namespace \(owner.object.namespace) (\(owner.object) is older), so it is not served from "
                        + "here; use another host, or start with --shared-hosts."))
        }
    }

    /// A host is read or it is not, and connections that are not read have one rule: whoever is the oldest says which.
    private mutating func refuseOtherWay(
        _ claim: Claim, _ pattern: HostPattern, _ owner: Claim, _ refused: inout Set<ObjectReference>
    ) {
        refused.insert(claim.object)
        let what =
            owner.isJoined
            ? "\(owner.object), which is older, has the connections for '\(pattern.text)' passed through, so nothing is served from here"
            : "\(owner.object), which is older, has TLS for '\(pattern.text)' ended here, so its connections are not passed through"
        diagnostics.append(
            claim.origin.diagnostic(
                .error, claim.field, condition: Refusal.accepted, reason: Refusal.hostnameClaimed.rawValue,
                "\(what); use another host, or change one of the two."))
    }

    private mutating func settleTLS(_ pattern: HostPattern, _ owner: Claim?, _ refused: Set<ObjectReference>) {
        guard claims.contains(where: { $0.tls != nil }) else {
            ownTLS = nil
            return
        }
        let (tls, found) = HostTLS.settled(Array(claims.filter { !refused.contains($0.object) }), pattern, owner)
        ownTLS = tls == HostTLS() ? nil : Rare(tls)
        diagnostics += found
    }

    // MARK: Entries

    private mutating func serve(_ wanted: [Claim]) {
        var edits: [(key: EntryRank, element: RankedEntry?)] = []
        var now = Few<Claim>()
        for claim in wanted {
            now.update(with: claim)
            if served.member(claim) !== claim { edits += claim.entries.map { ($0.rank, $0) } }
        }
        for claim in served where now.member(claim) !== claim {
            SortedEdits.apply(claim.entries.map { ($0.rank, nil) }, to: &ranked, key: \.rank)
        }
        if ranked.isEmpty, let only = wanted.first, wanted.count == 1, only.isInOrder {
            // Most hosts have one claim: then its list is theirs.
            ranked = only.entries
        } else {
            SortedEdits.apply(edits, to: &ranked, key: \.rank)
        }
        served = now
    }

    /// Entries that never get a request because an equal match stands before them.
    private func shadows() -> [Diagnostic] {
        var found: [Diagnostic] = []
        var start = 0
        for (i, entry) in ranked.enumerated() {
            if !ranked[start].rank.isBeside(entry.rank) { start = i }
            guard !entry.rank.isDefault, let winner = ranked[start..<i].first(where: { $0.entry.match == entry.entry.match })
            else { continue }
            found.append(
                entry.rank.origin.diagnostic(
                    .warning, entry.field, reason: "Shadowed",
                    "\(winner.rank.object) (\(winner.field)) wants the same requests and comes first, so this never gets one; "
                        + "change one of the two."))
        }
        return found
    }
}
