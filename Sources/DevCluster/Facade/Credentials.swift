import Documents
import Secure

/// The cluster's own authority, and what it issued: the server's certificate, one client's, and a token.
struct Credentials: Sendable {
    let token: String
    let context: TLSContext
    private let authorityPEM: [UInt8]
    private let clientPEM: [UInt8]
    private let keyPEM: [UInt8]

    /// - Parameters:
    ///   - now: seconds since 1970. Everything is valid from an hour before for a year.
    ///   - directory: where they are kept for the next run; nil: nowhere.
    init(now: Int64, directory: String?) throws {
        let files = directory.map { CredentialFiles(directory: $0) }
        let material: CredentialFiles.Material
        if let kept = files?.load(now: now) {
            material = kept
        } else {
            material = try Self.made(now)
            try files?.save(material)
        }
        token = material.token
        context = try Self.context(material.authority, now)
        authorityPEM = try material.authority.identity.certificate.pem()
        clientPEM = try material.client.certificate.pem()
        keyPEM = try material.client.key.pem()
    }

    private static func template(_ purpose: CertificateTemplate.Purpose, _ name: String, _ now: Int64) -> CertificateTemplate {
        CertificateTemplate(purpose, commonName: name, validFrom: now - 3_600, validUntil: now + 365 * 86_400)
    }

    private static func made(_ now: Int64) throws(SecureError) -> CredentialFiles.Material {
        let authority = try CertificateAuthority.selfSigned(template(.authority, "martlet-dev-ca", now))
        var admin = template(.client, "martlet-admin", now)
        admin.organizations = ["system:masters"]
        return CredentialFiles.Material(
            authority: authority, client: try authority.issue(admin), token: Base64.encodeURLSafe(SecureRandom.bytes(24)))
    }

    private static func context(_ authority: CertificateAuthority, _ now: Int64) throws(SecureError) -> TLSContext {
        var server = template(.server, "martlet-dev", now)
        server.alternativeNames = [
            .dns("localhost"), .dns("kubernetes.default.svc"), .address([127, 0, 0, 1]),
            .address([UInt8](repeating: 0, count: 15) + [1]),
        ]
        return try TLSContext(
            .server, identity: authority.issue(server), verifying: .ifGiven(authorities: [authority.identity.certificate]),
            protocols: ["http/1.1"])
    }

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
