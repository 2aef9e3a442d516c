import Documents
import Secure

/// The cluster's own authority, and what it issued: the server's certificate, one client's, and a token.
struct Credentials: Sendable {
    let token: String
    let context: TLSContext
    private let authority: CertificateAuthority
    private let client: Identity

    /// - Parameter now: seconds since 1970. Everything is valid from an hour before for a year.
    init(now: Int64) throws(SecureError) {
        func template(_ purpose: CertificateTemplate.Purpose, _ name: String) -> CertificateTemplate {
            CertificateTemplate(purpose, commonName: name, validFrom: now - 3_600, validUntil: now + 365 * 86_400)
        }
        authority = try CertificateAuthority.selfSigned(template(.authority, "martlet-dev-ca"))
        var server = template(.server, "martlet-dev")
        server.alternativeNames = [
            .dns("localhost"), .dns("kubernetes.default.svc"), .address([127, 0, 0, 1]),
            .address([UInt8](repeating: 0, count: 15) + [1]),
        ]
        var admin = template(.client, "martlet-admin")
        admin.organizations = ["system:masters"]
        client = try authority.issue(admin)
        context = try TLSContext(
            .server, identity: authority.issue(server), verifying: .ifGiven(authorities: [authority.identity.certificate]),
            protocols: ["http/1.1"])
        token = Base64.encodeURLSafe(SecureRandom.bytes(24))
        authorityPEM = try authority.identity.certificate.pem()
        clientPEM = try client.certificate.pem()
        keyPEM = try client.key.pem()
    }

    private let authorityPEM: [UInt8]
    private let clientPEM: [UInt8]
    private let keyPEM: [UInt8]

    func kubeconfig(server: String) -> String {
        let config: Value = [
            "apiVersion": "v1", "kind": "Config", "current-context": "martlet-dev",
            "clusters": [
                [
                    "name": "martlet-dev",
                    "cluster": ["server": .string(server), "certificate-authority-data": .string(Base64.encode(authorityPEM))],
                ]
            ],
            "users": [
                [
                    "name": "martlet-admin",
                    "user": [
                        "client-certificate-data": .string(Base64.encode(clientPEM)),
                        "client-key-data": .string(Base64.encode(keyPEM)),
                    ],
                ]
            ],
            "contexts": [
                ["name": "martlet-dev", "context": ["cluster": "martlet-dev", "user": "martlet-admin", "namespace": "default"]]
            ],
        ]
        return config.yaml
    }
}
