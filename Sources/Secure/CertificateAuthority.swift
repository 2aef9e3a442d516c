import COpenSSL

/// What a new certificate shall say. Times come from the caller: nothing here reads a clock.
public struct CertificateTemplate: Sendable {
    public enum Purpose: Sendable {
        case authority, server, client
        /// For those who are both to one another.
        case serverAndClient
    }

    public var purpose: Purpose
    public var commonName: String
    public var organizations: [String] = []
    public var alternativeNames: [SubjectAlternativeName] = []
    /// Seconds since 1970 UTC.
    public var validFrom: Int64
    public var validUntil: Int64

    public init(_ purpose: Purpose, commonName: String, validFrom: Int64, validUntil: Int64) {
        self.purpose = purpose
        self.commonName = commonName
        self.validFrom = validFrom
        self.validUntil = validUntil
    }
}

/// A certificate with its private key.
public struct Identity: Sendable {
    public let certificate: Certificate
    public let key: PrivateKey

    public init(certificate: Certificate, key: PrivateKey) throws(SecureError) {
        guard certificate.matches(key) else { throw SecureError("the private key does not belong to the certificate") }
        self.certificate = certificate
        self.key = key
    }
}

/// Signs certificates with ECDSA on P-256.
public struct CertificateAuthority: Sendable {
    public let identity: Identity

    public init(identity: Identity) throws(SecureError) {
        guard identity.certificate.isAuthority else { throw SecureError("this certificate may not sign others (it is no CA)") }
        self.identity = identity
    }

    /// A new self-signed authority.
    public static func selfSigned(_ template: CertificateTemplate) throws(SecureError) -> CertificateAuthority {
        let key = try PrivateKey.generate()
        let certificate = try CertificateMaker.make(template, publicKey: key, issuer: nil, signedBy: key)
        return try CertificateAuthority(identity: Identity(certificate: certificate, key: key))
    }

    /// A certificate signed by this authority.
    ///
    /// - Parameter key: nil makes one.
    public func issue(_ template: CertificateTemplate, for key: PrivateKey? = nil) throws(SecureError) -> Identity {
        let key = if let key { key } else { try PrivateKey.generate() }
        let certificate = try CertificateMaker.make(
            template, publicKey: key, issuer: identity.certificate, signedBy: identity.key)
        return try Identity(certificate: certificate, key: key)
    }
}
