import COpenSSL

/// What a server is ready to agree on, whatever certificate it presents: versions, ciphers, protocols, and how sessions go on later.
@safe public final class TLSOffer: Sendable {
    let alpn: ALPN
    private let ticketKeys: [UInt8]

    /// For TLS 1.2: forward secrecy and authenticated encryption only, as Mozilla's intermediate list has it.
    static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// Bytes of ticket keys: a name, a key for authentication and one for encryption.
    public static let ticketKeyLength = 80

    /// - Parameters:
    ///   - protocols: ALPN names, best first.
    ///   - ticketKeys: `ticketKeyLength` random bytes. Who has the same ones resumes sessions of the other: they belong to a process or to
    ///     all of its replicas, not to a certificate.
    public init(protocols: [String] = [], ticketKeys: [UInt8]? = nil) throws(SecureError) {
        alpn = try ALPN(protocols)
        self.ticketKeys = ticketKeys ?? SecureRandom.bytes(Self.ticketKeyLength)
    }

    /// A context that presents nothing yet. It points to this offer, which has to outlive it.
    func makeContext() throws(SecureError) -> OpaquePointer {
        let context = unsafe try made(SSL_CTX_new(TLS_server_method()), "no memory for TLS")
        do throws(SecureError) {
            try check(unsafe copenssl_ctx_minimum_tls12(context), "TLS 1.2 is not available")
            try check(unsafe SSL_CTX_set_cipher_list(context, Self.ciphers), "the cipher list was refused")
            var keys = ticketKeys
            let answer = unsafe copenssl_ticket_keys(context, &keys, keys.count)
            try check(Int32(clamping: answer), "the ticket keys were refused")
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe copenssl_ctx_modes(context)
        unsafe copenssl_no_renegotiation(context)
        // Sessions live in tickets only: a cache would lock and grow.
        unsafe copenssl_no_session_cache(context)
        let id = Array("martlet".utf8)
        unsafe SSL_CTX_set_session_id_context(context, id, UInt32(id.count))
        unsafe alpn.choose(in: context)
        return unsafe context
    }
}
