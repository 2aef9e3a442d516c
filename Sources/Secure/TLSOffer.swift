import COpenSSL

/// What a server is ready to agree on, whatever certificate it presents: versions, ciphers, protocols, and how sessions go on later.
@safe public final class TLSOffer: @unchecked Sendable {
    // Unchecked: everything but the tickets' keys is constant, and those are read without a lock.
    let alpn: ALPN
    private let tickets: OpaquePointer

    /// For TLS 1.2: forward secrecy and authenticated encryption only, as Mozilla's intermediate list has it.
    static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// - Parameter protocols: ALPN names, best first.
    public init(protocols: [String] = []) throws(SecureError) {
        alpn = try ALPN(protocols)
        unsafe tickets = try made(copenssl_tickets_new(Self.ticketKey()), "no memory for TLS")
    }

    deinit { unsafe copenssl_tickets_free(tickets) }

    private static func ticketKey() -> [UInt8] { SecureRandom.bytes(Int(copenssl_ticket_key_length)) }

    /// From now on tickets are sealed with a new key, whichever thread gives them. Those of the key before are still taken, and replaced;
    /// those of the one before that never again. Called by one thread at a time.
    public func rotateTickets() { unsafe copenssl_tickets_rotate(tickets, Self.ticketKey()) }

    /// A context that presents nothing yet. It points to this offer, which has to outlive it.
    func makeContext() throws(SecureError) -> OpaquePointer {
        let context = unsafe try made(SSL_CTX_new(TLS_server_method()), "no memory for TLS")
        do throws(SecureError) {
            try check(unsafe copenssl_ctx_minimum_tls12(context), "TLS 1.2 is not available")
            try check(unsafe SSL_CTX_set_cipher_list(context, Self.ciphers), "the cipher list was refused")
            try check(unsafe copenssl_tickets_use(tickets, context), "no memory for tickets")
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe copenssl_ctx_modes(context)
        unsafe copenssl_no_renegotiation(context)
        // Sessions live in tickets only: a cache would lock and grow.
        unsafe copenssl_no_session_cache(context)
        // Of a connection that has not chosen yet; see `TLSCertificate.identity`.
        let id = Array("martlet".utf8)
        unsafe SSL_CTX_set_session_id_context(context, id, UInt32(id.count))
        unsafe alpn.choose(in: context)
        return unsafe context
    }
}
