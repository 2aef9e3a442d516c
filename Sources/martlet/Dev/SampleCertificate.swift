import DevCluster
import Documents
import Foundation
import Resources
import Secure

/// A host of the sample world that is served with TLS: a certificate of an authority that only this directory knows, its Secret, and a Route
/// that presents it.
///
/// In a cluster that was kept, a Secret that somebody deleted stays deleted; one that is there is renewed before it ends, and when the file of
/// its authority is gone.
enum SampleCertificate {
    static let host = "secure.example.com"
    private static let name = "secure-example-tls"
    private static let secrets = ResourceKey("secrets")
    private static let routes = ResourceKey("routes", group: Route.kind.group)
    /// Says that it was made once.
    private static let mark = (namespace: "kube-system", annotation: "dev.martlet.dev/sample-certificate")
    private static let day: Int64 = 86_400

    /// - Parameters:
    ///   - authority: the file of the authority's certificate, for clients.
    ///   - now: seconds since 1970.
    static func ensure(in store: ClusterStore, authority path: String, now: Int64) throws {
        let secret = store.object(secrets, namespace: "default", name: name)
        let home = store.object(.namespaces, name: mark.namespace)
        let wasMade = home?[at: "metadata", "annotations"]?[mark.annotation] != nil
        if wasMade, secret == nil { return }
        if let secret, FileManager.default.fileExists(atPath: path), isGood(secret, now) { return }
        let made = try make(now)
        try Data(made.authority).write(to: URL(filePath: path), options: .atomic)
        try store.ensure(secrets, made.secret) { $0["data"] = made.secret["data"] }
        guard !wasMade else { return }
        try store.ensure(routes, route)
        try store.edit(.namespaces, name: mark.namespace) { home in
            var annotations = home[at: "metadata", "annotations"] ?? [:]
            annotations[mark.annotation] = "created"
            home["metadata"]?["annotations"] = annotations
        }
    }

    private static func isGood(_ secret: Value, _ now: Int64) -> Bool {
        guard let text = secret[at: "data"]?["tls.crt"]?.string, let pem = Base64.decode(text),
            let leaf = try? Certificate.chain(pem: pem).first
        else { return false }
        return leaf.validUntil > now + 30 * day
    }

    private static func make(_ now: Int64) throws(SecureError) -> (authority: [UInt8], secret: Value) {
        func template(_ purpose: CertificateTemplate.Purpose, _ name: String) -> CertificateTemplate {
            CertificateTemplate(purpose, commonName: name, validFrom: now - 3600, validUntil: now + 365 * day)
        }
        let authority = try CertificateAuthority.selfSigned(template(.authority, "martlet-dev-samples"))
        var server = template(.server, host)
        server.alternativeNames = [.dns(host)]
        let identity = try authority.issue(server)
        let secret: Value = [
            "apiVersion": "v1", "kind": "Secret", "type": .string(Secret.certificateType),
            "metadata": ["name": .string(name), "namespace": "default"],
            "data": [
                "tls.crt": .string(Base64.encode(try identity.certificate.pem())),
                "tls.key": .string(Base64.encode(try identity.key.pem())),
            ],
        ]
        return (try authority.identity.certificate.pem(), secret)
    }

    private static let route: Value = [
        "apiVersion": .string(Route.kind.apiVersion), "kind": .string(Route.kind.kind),
        "metadata": ["name": "secure", "namespace": "default"],
        "spec": [
            "hostnames": [.string(host)], "tls": ["secretName": .string(name)],
            "rules": [["backendRefs": [["name": "web-v1", "port": 80]]]],
        ],
    ]
}
