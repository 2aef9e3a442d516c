import Foundation
import Secure
import Synchronization
import Testing

/// Certificates for objects of tests: made when they are asked for, so that no key lies in a file.
///
/// In a case file `<certificate a.example.com *.b.example.com>` stands for the base64 of a certificate of these names, valid during 2026,
/// and `<key a.example.com *.b.example.com>` for that of its key. Names that begin with the word
/// `rsa` have an RSA key.
enum SampleCertificates {
    static let validFrom: Int64 = 1_767_225_600
    static let validUntil: Int64 = 1_798_761_600 - 1

    private static let known = Mutex<[String: Identity]>([:])

    /// Always the same for the same names.
    static func identity(_ names: String) throws -> Identity {
        try known.withLock { known in
            if let identity = known[names] { return identity }
            let authority = try CertificateAuthority.selfSigned(
                CertificateTemplate(.authority, commonName: "tests", validFrom: validFrom, validUntil: validUntil))
            var template = CertificateTemplate(.server, commonName: "test", validFrom: validFrom, validUntil: validUntil)
            template.alternativeNames = names.split(separator: " ").filter { $0 != "rsa" }.map { .dns(String($0)) }
            let identity = try authority.issue(template, for: names.hasPrefix("rsa ") ? .generateRSA() : nil)
            known[names] = identity
            return identity
        }
    }

    static func chain(_ names: String) throws -> String { Base64.encode(try identity(names).certificate.pem()) }
    static func key(_ names: String) throws -> String { Base64.encode(try identity(names).key.pem()) }

    /// The text with certificates and keys in place of what stands for them.
    static func filled(_ text: String) throws -> String {
        var text = text
        for match in text.matches(of: #/<(certificate|key) ([^>]*)>/#).reversed() {
            let names = String(match.output.2)
            text.replaceSubrange(match.range, with: match.output.1 == "key" ? try key(names) : try chain(names))
        }
        return text
    }

    /// A Secret of type kubernetes.io/tls.
    static func secret(_ name: String, _ names: String, key: String? = nil, namespace: String = "shop") throws -> String {
        try filled(
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: \(name), namespace: \(namespace)}
            type: kubernetes.io/tls
            data: {tls.crt: <certificate \(names)>, tls.key: <key \(key ?? names)>}
            """)
    }

    /// Seconds since 1970 of a day such as `2026-07-01`.
    static func seconds(_ day: String) throws -> Int64 {
        Int64(try Date("\(day)T00:00:00Z", strategy: .iso8601).timeIntervalSince1970)
    }
}
