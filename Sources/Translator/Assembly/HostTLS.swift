import Base
import Documents
import Graph
import Resources
import Secure

/// What one host presents, and wants of its clients.
struct HostTLS: Equatable, Sendable {
    /// Secrets with keys of different kinds.
    var secrets: [ObjectKey] = []
    var clients: ClientDemand?

    func binding(_ pattern: HostPattern) -> CertificateBinding {
        CertificateBinding(hostname: pattern, secrets: secrets.map(\.description), clients: clients)
    }

    /// What comes of those who are served at a host, and what they are told.
    static func settled(_ claims: [Claim], _ pattern: HostPattern, _ owner: Claim?) -> (tls: HostTLS, diagnostics: [Diagnostic]) {
        var diagnostics: [Diagnostic] = []
        var wanted: [Wanted] = []
        for claim in claims {
            let certificates = claim.tls?.value.certificates ?? []
            if let first = certificates.first, let owner, owner.object.namespace != claim.object.namespace {
                diagnostics.append(
                    claim.origin.diagnostic(
                        .warning, first.field, reason: "CertificateIgnored",
                        "The certificate for '\(pattern.text)' is not presented: the host belongs to namespace \(owner.object.namespace) "
                            + "(\(owner.object) is older). Bring it there, or use a host of your own."))
            } else {
                wanted += certificates.map { Wanted(certificate: $0, age: claim.age) }
            }
        }
        let (clients, others) = demand(claims)
        diagnostics += others.map { claim in
            claim.origin.diagnostic(
                .warning, "spec.tls.clientCertificate", reason: "ClientCertificateIgnored",
                "Another Route wants something else of the clients of '\(pattern.text)', and a connection has one certificate: that Route's "
                    + "\(clients?.authority ?? "") counts. Say the same in both, or use hosts of their own.")
        }
        return (HostTLS(secrets: presented(wanted), clients: clients), diagnostics)
    }

    // MARK: Certificates

    private struct Wanted {
        let certificate: ClaimedCertificate
        let age: Age
    }

    /// A certificate comes from the namespace that owns the host. Of each kind of key that one is presented with which nothing is wrong, and
    /// of several the oldest route's; what is kept of one that is wrong now stays beside others. If something is wrong with all, the oldest.
    private static func presented(_ wanted: [Wanted]) -> [ObjectKey] {
        let byAge = wanted.sorted { $0.age < $1.age }.map(\.certificate)
        let sound = byAge.filter(\.isSound)
        guard !sound.isEmpty else { return byAge.first.map { [$0.secret] } ?? [] }
        var kinds: Set<PrivateKey.Kind?> = []
        let best = (sound + byAge.filter(\.isKept)).filter { kinds.insert($0.key).inserted }
        return best.sorted { ($0.key ?? .other(0), $0.secret) < ($1.key ?? .other(0), $1.secret) }.map(\.secret)
    }

    // MARK: Clients

    /// The strictest demand counts, of several the oldest Route's: what one of those wants who are served there is wanted of all clients.
    private static func demand(_ claims: [Claim]) -> (ClientDemand?, others: [Claim]) {
        let demanding = claims.filter { $0.tls?.value.clients != nil }
            .sorted { a, b in
                let (first, second) = (a.tls?.value.clients?.isRequired == true, b.tls?.value.clients?.isRequired == true)
                return first == second ? a.age < b.age : first
            }
        let demand = demanding.first?.tls?.value.clients
        return (demand, demanding.filter { $0.tls?.value.clients != demand })
    }
}
