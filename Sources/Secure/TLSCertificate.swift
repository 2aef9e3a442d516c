import COpenSSL

/// Certificates that are presented together and what is wanted of clients in return, with all that OpenSSL needs for it: made once for
/// each set, shared by every listener and name that it serves. Immutable.
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
    /// The same for two that present the same and want the same. Sessions go on only where it is the same: a ticket that was got by one
    /// name opens nothing for which another certificate, or one of the client's, is due.
    let identity: [UInt8]
    /// What is wanted of clients, apart from what is presented; nil: nothing.
    let clientDemand: [UInt8]?
    private let offer: TLSOffer

    /// - Parameters:
    ///   - credentials: several with keys of different kinds serve clients that know one kind only: OpenSSL takes the best that the client's
    ///     signature algorithms allow. Of two with keys of one kind the first counts.
    ///   - clients: nil asks clients for no certificate.
    public init(_ credentials: [Credential], _ offer: TLSOffer, clients: ClientVerification? = nil) throws(SecureError) {
        self.offer = offer
        var kinds: Set<PrivateKey.Kind> = []
        let credentials = credentials.filter { kinds.insert($0.key.kind).inserted }
        clientDemand = try clients?.identity
        identity = try Self.identity(credentials, clientDemand, offer)
        unsafe context = try offer.makeContext()
        for credential in credentials { try present(credential) }
        if let clients { try verify(clients) }
        unsafe SSL_CTX_set_session_id_context(context, identity, UInt32(identity.count))
    }

    deinit { unsafe SSL_CTX_free(context) }

    private static func identity(
        _ credentials: [Credential], _ demand: [UInt8]?, _ offer: TLSOffer
    ) throws(SecureError) -> [UInt8] {
        var leaves: [[UInt8]] = []
        for credential in credentials { if let leaf = credential.chain.first { leaves.append(try leaf.fingerprint()) } }
        return SHA256.hash(pieces: leaves.sorted { $0.lexicographicallyPrecedes($1) } + [demand ?? [], offer.policyDigest])
    }

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

    private func verify(_ clients: ClientVerification) throws(SecureError) {
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER | (clients.isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nil)
        guard let trust = clients.trust else { return }
        unsafe SSL_CTX_set1_cert_store(context, trust.handle)
        // Clients with several certificates choose by these names.
        for authority in trust.authorities { unsafe _ = SSL_CTX_add_client_CA(context, authority.handle) }
    }

    /// Makes a connection's handshake go on with this.
    func take(over ssl: OpaquePointer?) -> Bool {
        guard unsafe SSL_set_SSL_CTX(ssl, context) != nil else { return false }
        // Unlike the rest, this does not come along.
        unsafe SSL_set_verify(ssl, SSL_CTX_get_verify_mode(context), nil)
        if clientDemand == nil { unsafe copenssl_no_chain_building(ssl) }
        return true
    }
}
