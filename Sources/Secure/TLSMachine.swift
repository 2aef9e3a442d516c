import COpenSSL

/// One TLS connection over memory: it sees bytes, never a socket.
///
/// Overview: hand it what arrived (`receive`), ask for plaintext (`read`), give it plaintext (`write`), and after each of these send what
/// `takeCiphertext` returns. States: handshaking, open, closed by the peer, failed. It promises to consume all it is handed, never to block,
/// and to give after a failure the alert that should still be sent. Used by one thread at a time.
@safe public final class TLSMachine {
    public enum State: Sendable, Equatable {
        case handshaking
        case open
        /// The peer said close_notify: no more plaintext will come.
        case closed
        case failed(SecureError)
    }

    public private(set) var state: State = .handshaking

    private let context: TLSContext
    private let ssl: OpaquePointer
    /// Owned by `ssl`.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// - Parameter serverName: for clients, the name to ask for (SNI) and to find in the server's certificate.
    public init(_ context: TLSContext, serverName: String? = nil) throws(SecureError) {
        self.context = context
        unsafe ssl = try made(SSL_new(context.handle), "no memory for a TLS connection")
        unsafe incoming = try made(BIO_new(BIO_s_mem()), "no memory for a TLS connection")
        unsafe outgoing = try made(BIO_new(BIO_s_mem()), "no memory for a TLS connection")
        unsafe copenssl_bio_empty_means_retry(incoming)
        unsafe copenssl_bio_empty_means_retry(outgoing)
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        switch context.role {
        case .server: unsafe SSL_set_accept_state(ssl)
        case .client:
            unsafe SSL_set_connect_state(ssl)
            if let serverName { try expect(serverName) }
        }
    }

    deinit { unsafe SSL_free(ssl) }

    private func expect(_ serverName: String) throws(SecureError) {
        if ServerName(serverName).isAddress {
            try check(unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), serverName), "this is no address: \(serverName)")
        } else {
            try check(unsafe Int32(copenssl_set_server_name(ssl, serverName)), "this is no server name: \(serverName)")
            try check(unsafe SSL_set1_host(ssl, serverName), "this is no server name: \(serverName)")
        }
    }

    // MARK: - Driving

    /// Takes bytes from the wire and moves the handshake on.
    public func receive(_ ciphertext: some Collection<UInt8>) {
        let bytes = Array(ciphertext)
        // A memory BIO grows as needed; it fails only when memory is out.
        unsafe bytes.withUnsafeBytes { unsafe _ = BIO_write(incoming, $0.baseAddress, Int32(clamping: $0.count)) }
        advanceHandshake()
    }

    /// Moves the handshake on without new bytes: how a client begins.
    public func advanceHandshake() {
        guard state == .handshaking else { return }
        ERR_clear_error()
        let answer = unsafe SSL_do_handshake(ssl)
        if answer == 1 { state = .open } else { judge(answer, "the TLS handshake failed") }
    }

    /// Decrypted bytes, at most `limit`; empty when more ciphertext is needed or the connection has ended (see `state`).
    public func read(upTo limit: Int = 16_384) -> [UInt8] {
        guard state == .open else { return [] }
        ERR_clear_error()
        return unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            let answer = unsafe SSL_read(ssl, buffer.baseAddress, Int32(clamping: limit))
            if answer > 0 { count = Int(answer) } else { judge(answer, "the TLS connection broke") }
        }
    }

    private var isWritable: Bool { state == .open || state == .closed }

    /// Encrypts; false when the connection is not open. A peer that has closed its side may still listen (RFC 8446 section 6.1).
    @discardableResult
    public func write(_ plaintext: some Collection<UInt8>) -> Bool {
        let bytes = Array(plaintext)
        var at = 0
        while at < bytes.count {
            guard isWritable else { return false }
            ERR_clear_error()
            let answer = unsafe bytes.withUnsafeBytes {
                unsafe SSL_write(ssl, $0.baseAddress.map { unsafe $0 + at }, Int32(clamping: $0.count - at))
            }
            guard answer > 0 else {
                judge(answer, "the TLS connection broke")
                // Memory BIOs never make a writer wait; renegotiation, the other reason, is not offered by TLS 1.3 and refused here.
                return false
            }
            at += Int(answer)
        }
        return isWritable
    }

    /// Says close_notify; the alert is in the next `takeCiphertext`.
    public func close() {
        if isWritable {
            ERR_clear_error()
            unsafe _ = SSL_shutdown(ssl)
            ERR_clear_error()
        }
    }

    /// What must be sent to the peer now.
    public func takeCiphertext() -> [UInt8] { unsafe drain(outgoing) }

    private func judge(_ answer: Int32, _ tried: String) {
        switch unsafe SSL_get_error(ssl, answer) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: break
        case SSL_ERROR_ZERO_RETURN: state = .closed
        default: state = .failed(failure(tried))
        }
    }

    private func failure(_ tried: String) -> SecureError {
        let verdict = unsafe SSL_get_verify_result(ssl)
        guard verdict != Int(X509_V_OK), let reason = unsafe X509_verify_cert_error_string(verdict) else {
            return .openSSL(tried)
        }
        ERR_clear_error()
        return unsafe SecureError("\(tried): the peer's certificate: \(String(cString: reason))")
    }

    // MARK: - Going on later

    /// What another connection can go on with: a client has it once it has read what the server sent behind the handshake.
    @safe final class Resumption {
        fileprivate let session: OpaquePointer
        fileprivate init(_ session: OpaquePointer) { unsafe self.session = session }
        deinit { unsafe SSL_SESSION_free(session) }
    }

    var resumption: Resumption? { unsafe SSL_get1_session(ssl).map { unsafe Resumption($0) } }

    /// Offers to go on with an earlier connection's session. Before the handshake begins.
    func resume(_ resumption: Resumption) { unsafe _ = SSL_set_session(ssl, resumption.session) }

    var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    // MARK: - What was agreed

    /// The peer's certificate, verified unless the context said `.none`.
    public var peerCertificate: Certificate? {
        guard let handle = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        return unsafe try? Certificate(owning: handle)
    }

    /// The protocol chosen by ALPN.
    public var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>? = nil
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &name, &length)
        guard let name = unsafe name, length > 0 else { return nil }
        return unsafe String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// The server name the client asked for.
    public var serverName: String? {
        guard let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name)) else { return nil }
        return unsafe String(cString: name)
    }
}
