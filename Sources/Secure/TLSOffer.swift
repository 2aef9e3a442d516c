import COpenSSL

/// What a server is ready to agree on, whatever certificate it presents: versions, ciphers, protocols, and how sessions go on later.
@safe public final class TLSOffer: Sendable {
    let alpn: ALPN
    private let policy: TLSPolicy
    private let tickets: TLSTickets
    /// Part of every certificate's identity: a session goes on only where the same would be agreed on.
    let policyDigest: [UInt8]

    /// - Parameter protocols: ALPN names, best first.
    public init(protocols: [String] = [], policy: TLSPolicy = TLSPolicy(), tickets: TLSTickets) throws(SecureError) {
        alpn = try ALPN(protocols)
        self.policy = policy
        self.tickets = tickets
        policyDigest = policy.digest
    }

    /// A context that presents nothing yet. It points to this offer, which has to outlive it.
    func makeContext() throws(SecureError) -> OpaquePointer {
        let context = unsafe try made(SSL_CTX_new(TLS_server_method()), "no memory for TLS")
        do throws(SecureError) {
            try unsafe policy.apply(to: context)
            try check(unsafe copenssl_tickets_use(tickets.handle, context), "no memory for tickets")
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe copenssl_ctx_modes(context)
        unsafe copenssl_no_renegotiation(context)
        // Sessions live in tickets only: a cache would lock and grow.
        unsafe copenssl_no_session_cache(context)
        // A ticket costs two encryptions, and each connection gets one anew.
        unsafe _ = SSL_CTX_set_num_tickets(context, 1)
        // Of a connection that has not chosen yet; see `TLSCertificate.identity`.
        let id = Array("martlet".utf8)
        unsafe SSL_CTX_set_session_id_context(context, id, UInt32(id.count))
        unsafe alpn.choose(in: context)
        return unsafe context
    }
}
