import COpenSSL

/// Certificates that are presented together, with all that OpenSSL needs to present them: made once for each Secret, shared by every
/// listener and name that it serves. Immutable.
@safe public final class TLSCertificate: @unchecked Sendable {
    // Unchecked: everything is constant after init; OpenSSL's contexts are safe to share then.

    /// A certificate chain, leaf first, with the leaf's key.
    public struct Credential: Sendable {
        public let chain: [Certificate]
        public let key: PrivateKey

        /// - Throws: when the chain is empty or the key is not the leaf's.
        public init(chain: [Certificate], key: PrivateKey) throws(SecureError) {
            guard let leaf = chain.first else { throw SecureError("there is no certificate") }
            guard leaf.matches(key) else { throw SecureError("the private key does not belong to the certificate") }
            self.chain = chain
            self.key = key
        }

        /// Reads `tls.crt` and `tls.key` of a Secret.
        public init(certificate pem: [UInt8], key keyPEM: [UInt8]) throws(SecureError) {
            try self.init(chain: Certificate.chain(pem: pem), key: PrivateKey(pem: keyPEM))
        }
    }

    let context: OpaquePointer
    private let offer: TLSOffer

    /// - Parameter credentials: several with keys of different kinds (ECDSA, RSA) serve clients that know one kind only.
    public init(_ credentials: [Credential], _ offer: TLSOffer) throws(SecureError) {
        self.offer = offer
        unsafe context = try offer.makeContext()
        for credential in credentials { try present(credential) }
    }

    deinit { unsafe SSL_CTX_free(context) }

    private func present(_ credential: Credential) throws(SecureError) {
        guard let leaf = credential.chain.first else { throw SecureError("there is no certificate") }
        try check(unsafe SSL_CTX_use_certificate(context, leaf.handle), "the certificate was refused")
        try check(unsafe SSL_CTX_use_PrivateKey(context, credential.key.handle), "the private key was refused")
        // The chain belongs to the certificate that was set last; the call takes a reference of its own.
        for issuer in credential.chain.dropFirst() {
            let answer = unsafe SSL_CTX_ctrl(context, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(issuer.handle))
            guard answer > 0 else { throw .openSSL("the certificate chain was refused") }
        }
    }
}
