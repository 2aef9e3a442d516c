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
    /// ALPN protocol names that a server accepts, best first; each is 1 to 255 bytes.
    fileprivate let protocols: [[UInt8]]
    private let wireProtocols: [UInt8]

    public init(
        _ role: Role, identity: Identity? = nil, chain: [Certificate] = [], verifying verification: PeerVerification = .none,
        protocols: [String] = []
    ) throws(SecureError) {
        self.role = role
        self.protocols = protocols.map { Array($0.utf8) }
        wireProtocols = self.protocols.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 }
        unsafe handle = try made(
            SSL_CTX_new(role == .server ? TLS_server_method() : TLS_client_method()), "no memory for TLS")
        guard self.protocols.allSatisfy({ (1...255).contains($0.count) }) else {
            throw SecureError("an ALPN name has 1 to 255 bytes")
        }
        try check(unsafe copenssl_ctx_minimum_tls12(handle), "TLS 1.2 is not available")
        unsafe copenssl_ctx_modes(handle)
        if let identity { try present(identity, chain) }
        try trust(verification)
        announceProtocols()
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

    private func announceProtocols() {
        guard !protocols.isEmpty else { return }
        if role == .client {
            unsafe SSL_CTX_set_alpn_protos(handle, wireProtocols, UInt32(wireProtocols.count))
        } else {
            // The context outlives its handle's callbacks: it frees the handle itself, and machines keep the context alive.
            unsafe SSL_CTX_set_alpn_select_cb(handle, selectProtocol, Unmanaged.passUnretained(self).toOpaque())
        }
    }
}

/// RFC 7301 section 3.2: the server's preference decides; without a common protocol the handshake goes on without one, as most servers do.
private let selectProtocol:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?, UInt32,
        UnsafeMutableRawPointer?
    ) -> Int32 = { _, out, outLength, offered, offeredLength, argument in
        guard let argument = unsafe argument, let offered = unsafe offered else { return SSL_TLSEXT_ERR_NOACK }
        let context = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredLength))
        for wanted in context.protocols {
            var at = 0
            while at < list.count {
                let size = unsafe Int(list[at])
                guard at + 1 + size <= list.count else { return SSL_TLSEXT_ERR_NOACK }
                if unsafe list[(at + 1)..<(at + 1 + size)].elementsEqual(wanted) {
                    // Points into the client's list, which OpenSSL keeps until it has copied the choice.
                    unsafe out?.pointee = unsafe offered + at + 1
                    unsafe outLength?.pointee = UInt8(truncatingIfNeeded: size)
                    return SSL_TLSEXT_ERR_OK
                }
                at += 1 + size
            }
        }
        return SSL_TLSEXT_ERR_NOACK
    }
