public import Base
import COpenSSL

/// Our end of a TLS connection, over a `TLSWire`: plain data that a row can hold. Whoever made it frees it, once.
///
/// After each call, what is pending in the wire must be sent. Used by the wire's thread only.
@safe public struct TLSSession: Sendable, BitwiseCopyable {
    /// Address of OpenSSL's object, or 0.
    private let address: UInt

    private init(address: UInt) { self.address = address }

    public static let none = TLSSession(address: 0)

    public var isPresent: Bool { address != 0 }

    private var ssl: OpaquePointer? { unsafe OpaquePointer(bitPattern: address) }

    /// A session that waits for a client's hello; `none` without memory.
    public static func accept(_ terminator: TLSTerminator.Reference, _ wire: borrowing TLSWire) -> TLSSession {
        guard let ssl = unsafe make(terminator.context, wire) else { return none }
        unsafe SSL_set_accept_state(ssl)
        return TLSSession(address: UInt(bitPattern: ssl))
    }

    /// A session that has a hello for a server; `none` without memory.
    ///
    /// - Parameter protocols: what this connection alone offers, as ALPN writes it (RFC 7301 section 3.1); nil: what the connector does.
    public static func connect(
        _ connector: TLSConnector.Reference, offering protocols: StaticString? = nil, _ wire: borrowing TLSWire
    ) -> TLSSession {
        guard let ssl = unsafe make(connector.context, wire) else { return none }
        unsafe SSL_set_connect_state(ssl)
        let isOffered = protocols.map { unsafe SSL_set_alpn_protos(ssl, $0.utf8Start, UInt32($0.utf8CodeUnitCount)) == 0 }
        guard isOffered ?? true, unsafe SessionStash.prepare(ssl) else {
            unsafe SSL_free(ssl)
            return none
        }
        return TLSSession(address: UInt(bitPattern: ssl))
    }

    private static func make(_ context: OpaquePointer?, _ wire: borrowing TLSWire) -> OpaquePointer? {
        guard let context = unsafe context, let ssl = unsafe SSL_new(context) else { return nil }
        guard let bio = unsafe copenssl_wire_bio(wire.wire) else {
            unsafe SSL_free(ssl)
            return nil
        }
        unsafe SSL_set_bio(ssl, bio, bio)
        return unsafe ssl
    }

    public func free() {
        // A connection that just ends would take its session's tickets along: nobody could go on from them.
        unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        unsafe SSL_free(ssl)
    }

    // MARK: - Handshake

    public enum Progress: Sendable, Equatable {
        case done
        /// More must come, or go.
        case waiting
        case failed(Failure)
    }

    /// Why there is no connection.
    public enum Failure: UInt8, Sendable, CaseIterable {
        /// A client that speaks plain HTTP.
        case plainHTTP
        /// What came is something else than TLS.
        case notTLS
        /// No certificate for the name that was asked for.
        case unknownName
        /// No version or cipher in common.
        case nothingInCommon
        /// The peer speaks none of the protocols that were offered (RFC 7301 section 3.2).
        case noProtocol
        /// The peer refused (a TLS alert): a client our certificate, a server perhaps what we offer.
        case refused
        /// Nobody whom we trust vouches for the peer's certificate, or it showed none.
        case untrusted
        /// The server's certificate is for other names.
        case wrongName
        /// The server's certificate, or one of those that vouch for it, has ended or has not begun.
        case outOfTime
        case other
    }

    public func handshake() -> Progress {
        ERR_clear_error()
        let answer = unsafe SSL_do_handshake(ssl)
        if answer == 1 { return .done }
        switch unsafe SSL_get_error(ssl, answer) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .waiting
        default: return .failed(failure())
        }
    }

    private func failure() -> Failure {
        let code = ERR_peek_error()
        ERR_clear_error()
        guard ERR_GET_LIB(code) == ERR_LIB_SSL else { return .other }
        switch ERR_GET_REASON(code) {
        case SSL_R_CERTIFICATE_VERIFY_FAILED: return verdict
        case SSL_R_HTTP_REQUEST: return .plainHTTP
        case SSL_R_HTTPS_PROXY_REQUEST, SSL_R_WRONG_VERSION_NUMBER, SSL_R_BAD_RECORD_TYPE, SSL_R_UNEXPECTED_MESSAGE,
            SSL_R_RECORD_LENGTH_MISMATCH, SSL_R_PACKET_LENGTH_TOO_LONG:
            return .notTLS
        case SSL_R_CALLBACK_FAILED, SSL_R_CLIENTHELLO_TLSEXT: return .unknownName
        case SSL_R_NO_SHARED_CIPHER, SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_GROUPS:
            return .nothingInCommon
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .untrusted
        case 1000 + SSL_AD_NO_APPLICATION_PROTOCOL: return .noProtocol
        // RFC 8446 section 6: an alert's number is added to a thousand.
        case 1000...1255: return .refused
        default: return .other
        }
    }

    /// What is wrong with the server's certificate.
    private var verdict: Failure {
        switch unsafe SSL_get_verify_result(ssl) {
        case Int(X509_V_ERR_HOSTNAME_MISMATCH), Int(X509_V_ERR_IP_ADDRESS_MISMATCH): .wrongName
        case Int(X509_V_ERR_CERT_HAS_EXPIRED), Int(X509_V_ERR_CERT_NOT_YET_VALID): .outOfTime
        default: .untrusted
        }
    }

    // MARK: - Data

    /// Decrypts into `buffer` at `range`.
    /// - Returns: the number of bytes, at least 1; 0 when the peer has said that no more comes; `nothing` when more ciphertext is needed;
    ///   `broken` when the connection is of no use any longer; `refused` when it never was, because the server refuses our certificate: in
    ///   TLS 1.3 it says so after the client's handshake is over.
    public func read(into buffer: borrowing Buffer, _ range: Range<Int>) -> Int {
        guard !range.isEmpty else { return Self.nothing }
        ERR_clear_error()
        var count = 0
        let answer = unsafe buffer.withMutableBytes(range) { unsafe SSL_read_ex(ssl, $0.baseAddress, $0.count, &count) }
        if answer == 1 { return count }
        switch unsafe SSL_get_error(ssl, answer) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return Self.nothing
        case SSL_ERROR_ZERO_RETURN: return 0
        default:
            let code = ERR_peek_error()
            ERR_clear_error()
            return ERR_GET_LIB(code) == ERR_LIB_SSL && Self.isRefusal(ERR_GET_REASON(code)) ? Self.refused : Self.broken
        }
    }

    /// Alerts about certificates (RFC 8446 section 6.2): nothing else was looked at.
    private static func isRefusal(_ reason: Int32) -> Bool {
        switch reason - 1000 {
        case SSL_AD_BAD_CERTIFICATE...SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA, SSL_AD_ACCESS_DENIED, SSL_AD_DECRYPT_ERROR,
            certificateRequired:
            true
        default: false
        }
    }

    /// Which OpenSSL has no name for.
    private static let certificateRequired: Int32 = 116

    public static let nothing = -1
    public static let broken = -2
    public static let refused = -3

    /// Decrypted bytes wait, a record that is whole, or the peer's word that no more comes.
    public var hasPending: Bool { unsafe SSL_has_pending(ssl) == 1 || SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN != 0 }

    /// Encrypts at most `TLSWire.longestWrite` bytes into the wire, all of which it takes; false when the connection is broken.
    public func write(_ plaintext: borrowing Span<UInt8>) -> Bool {
        var done = 0
        while done < plaintext.count {
            ERR_clear_error()
            var count = 0
            let answer = unsafe plaintext.extracting(done..<plaintext.count).withUnsafeBytes {
                unsafe SSL_write_ex(ssl, $0.baseAddress, $0.count, &count)
            }
            guard answer == 1, count > 0 else {
                ERR_clear_error()
                return false
            }
            done += count
        }
        return true
    }

    /// Says that nothing more will be sent (close_notify). Saying it twice says nothing more.
    public func finishWriting() {
        ERR_clear_error()
        unsafe _ = SSL_shutdown(ssl)
        ERR_clear_error()
    }

    // MARK: - What was agreed

    /// Whether ALPN chose this protocol.
    public func isFor(_ name: StaticString) -> Bool {
        var chosen: UnsafePointer<UInt8>? = nil
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &chosen, &count)
        guard let chosen = unsafe chosen, Int(count) == name.utf8CodeUnitCount else { return false }
        return unsafe memcmp(chosen, name.utf8Start, Int(count)) == 0
    }

    /// Whether requests for this host may come on this connection: 421 if not. What was wanted of the client must be what the host wants, and
    /// a client that named a server gets that one's certificate only.
    public func serves(host: borrowing Span<UInt8>) -> Bool {
        let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name))
        if let name = unsafe name, unsafe Self.isSame(name, host) { return true }
        return unsafe ServerNameTable.serves(
            ssl, String(decoding: host.withUnsafeBufferPointer { unsafe Array($0) }, as: UTF8.self), isNamed: name != nil)
    }

    /// Copies the name that the client asked for to the beginning of `buffer`. - Returns: its length, 0 when there was none or it does not fit.
    public func writeServerName(to buffer: borrowing Buffer) -> Int {
        guard let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name)) else { return 0 }
        let length = unsafe strlen(name)
        guard length <= 255 else { return 0 }
        for i in 0..<length { buffer[i] = unsafe UInt8(bitPattern: name[i]) }
        return length
    }

    /// What the client showed, which somebody that the host trusts vouches for; nil when it showed nothing.
    public var peerCertificate: Certificate? {
        guard let handle = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        return unsafe try? Certificate(owning: handle)
    }

    /// The usual case, without an allocation.
    private static func isSame(_ name: UnsafePointer<CChar>, _ host: borrowing Span<UInt8>) -> Bool {
        for i in host.indices where unsafe UInt8(bitPattern: name[i]) != host[i] { return false }
        return unsafe name[host.count] == 0
    }

    /// The handshake went on from an earlier connection's ticket.
    public var isResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }
}
