import COpenSSL

/// What the connections of one listener, or to one kind of server, share: identity, trust and protocols.
///
/// Not changed after it is made; SSL_CTX is safe to share between threads then, hence Sendable.
@safe public final class TLSContext: @unchecked Sendable {
    public enum Role: Sendable { case server, client }

    /// How the peer's certificate is treated.
    public enum PeerVerification: Sendable {
        /// Not asked for (server) or not looked at (client).
        case none
        /// A server asks and accepts a client without one; one that is given must be good.
        case ifGiven(authorities: [Certificate])
        case required(authorities: [Certificate])
    }

    let handle: OpaquePointer
    public let role: Role
    private let alpn: ALPN

    public init(
        _ role: Role, identity: Identity? = nil, chain: [Certificate] = [], verifying verification: PeerVerification = .none,
        protocols: [String] = []
    ) throws(SecureError) {
        self.role = role
        alpn = try ALPN(protocols)
        unsafe handle = try made(
            SSL_CTX_new(role == .server ? TLS_server_method() : TLS_client_method()), "no memory for TLS")
        try check(unsafe copenssl_ctx_minimum_tls12(handle), "TLS 1.2 is not available")
        unsafe copenssl_ctx_modes(handle)
        if let identity { try present(identity, chain) }
        try trust(verification)
        // The context outlives its handle's callbacks: it frees the handle itself, and machines keep the context alive.
        switch role {
        case .server: unsafe alpn.choose(in: handle)
        case .client: unsafe alpn.offer(in: handle)
        }
    }

    deinit { unsafe SSL_CTX_free(handle) }

    private func present(_ identity: Identity, _ chain: [Certificate]) throws(SecureError) {
        try check(unsafe SSL_CTX_use_certificate(handle, identity.certificate.handle), "the certificate was refused")
        try check(unsafe SSL_CTX_use_PrivateKey(handle, identity.key.handle), "the private key was refused")
        guard !chain.isEmpty else { return }
        for certificate in chain {
            // The context takes over one reference.
            unsafe X509_up_ref(certificate.handle)
            let answer = unsafe SSL_CTX_ctrl(handle, SSL_CTRL_EXTRA_CHAIN_CERT, 0, UnsafeMutableRawPointer(certificate.handle))
            guard answer > 0 else { throw .openSSL("the certificate chain was refused") }
        }
    }

    private func trust(_ verification: PeerVerification) throws(SecureError) {
        let mode: Int32
        let authorities: [Certificate]
        switch verification {
        case .none: (mode, authorities) = (SSL_VERIFY_NONE, [])
        case .ifGiven(let given): (mode, authorities) = (SSL_VERIFY_PEER, given)
        case .required(let given): (mode, authorities) = (SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, given)
        }
        unsafe SSL_CTX_set_verify(handle, mode, nil)
        let store = unsafe SSL_CTX_get_cert_store(handle)
        for authority in authorities {
            try check(unsafe X509_STORE_add_cert(store, authority.handle), "a CA certificate was refused")
            if role == .server { unsafe _ = SSL_CTX_add_client_CA(handle, authority.handle) }
        }
        if role == .server {
            // Sessions are resumed within this process only; the id ties them to this kind of listener (SSL_CTX_set_session_id_context).
            let id = Array("martlet".utf8)
            unsafe SSL_CTX_set_session_id_context(handle, id, UInt32(id.count))
        }
    }
}
