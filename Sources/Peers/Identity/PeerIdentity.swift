import Secure

/// What the replicas prove to one another: one certificate for all of them, and the authorities that they believe.
struct PeerIdentity: Sendable {
    /// The name in the certificate, which is asked for instead of an address.
    static let name = "martlet-peers"

    /// The Secret's keys.
    enum Key {
        static let authorities = "ca.crt"
        static let authorityKey = "ca.key"
        static let certificate = "tls.crt"
        static let privateKey = "tls.key"
    }

    /// The newest first: it signs what is issued next.
    let authorities: [Certificate]
    let leaf: Identity
    /// Behind the leaf, where somebody else issued it.
    let chain: [Certificate]
    /// The same as PEM.
    let authoritiesPEM: [UInt8]
    let certificatePEM: [UInt8]
    let keyPEM: [UInt8]

    /// - Parameter data: of the Secret, base64. Errors never hold any of it.
    init(_ data: [String: String]) throws(SecureError) {
        authoritiesPEM = try Self.bytes(data, Key.authorities)
        certificatePEM = try Self.bytes(data, Key.certificate)
        keyPEM = try Self.bytes(data, Key.privateKey)
        authorities = try Certificate.chain(pem: authoritiesPEM)
        let certificates = try Certificate.chain(pem: certificatePEM)
        leaf = try Identity(certificate: certificates[0], key: PrivateKey(pem: keyPEM))
        chain = Array(certificates.dropFirst())
        guard leaf.certificate.subjectAlternativeNames.contains(.dns(Self.name)) else {
            throw SecureError("\(Key.certificate) does not have the DNS name \(Self.name)")
        }
    }

    /// What `key` holds, decoded.
    static func bytes(_ data: [String: String], _ key: String) throws(SecureError) -> [UInt8] {
        guard let text = data[key], !text.isEmpty else { throw SecureError("\(key) is missing") }
        guard let bytes = Base64.decode(text) else { throw SecureError("\(key) is not base64") }
        return bytes
    }

    /// Why nobody will believe it then; nil when they will. Seconds since 1970.
    func problem(at now: Int64) -> String? {
        let certificate = leaf.certificate
        if certificate.validUntil < now || authorities.allSatisfy({ $0.validUntil < now }) { return "it has expired" }
        // Made when the clock was ahead.
        if certificate.validFrom > now || authorities.allSatisfy({ $0.validFrom > now }) { return "it is not valid yet" }
        return nil
    }

    /// For those who are asked.
    func serverContext() throws(SecureError) -> TLSContext {
        try TLSContext(.server, identity: leaf, chain: chain, verifying: .required(authorities: authorities))
    }

    /// Greets nobody: before there is an identity.
    static func closedContext() throws(SecureError) -> TLSContext {
        try TLSContext(.server, verifying: .required(authorities: []))
    }
}
