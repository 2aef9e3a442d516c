import COpenSSL

/// What a listener presents: certificates by server name, and how connections are made. Immutable; a change of certificates makes another
/// one, and connections that were made by the old one stay as they are.
@safe public final class TLSTerminator: @unchecked Sendable {
    // Unchecked: everything is constant after init; OpenSSL's contexts are safe to share then.

    /// A certificate chain, leaf first, with the leaf's key. Several of them with keys of different kinds (ECDSA, RSA) may serve one name.
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

    /// Which server names a certificate is presented for (RFC 6066 section 3: names, never addresses).
    public enum ServerName: Hashable, Sendable {
        case exact(String)
        /// `*.example.com`, as `example.com`. How many labels the star stands for does not matter here: what a request may reach is the
        /// match table's business.
        case below(String)
        /// Also for clients that ask for no name.
        case any
    }

    /// An address for rows of plain data; whoever holds it keeps the terminator alive until it is used no longer.
    @safe public struct Reference: Sendable, BitwiseCopyable {
        /// As an atomic word holds it; 0 is none.
        public let word: UInt

        public init(word: UInt) { self.word = word }

        var context: OpaquePointer? { unsafe OpaquePointer(bitPattern: word) }
    }

    /// Accepts connections. Each of them keeps it, and it keeps the table of names.
    private let front: OpaquePointer

    /// - Parameters:
    ///   - certificates: what is presented for each name.
    ///   - protocols: ALPN names, best first.
    ///   - ticketKeys: 80 bytes, so that tickets of other workers, replicas and earlier certificates are good; nil for keys of its own.
    public init(
        _ certificates: [ServerName: [Credential]], protocols: [String] = [], ticketKeys: [UInt8]? = nil
    ) throws(SecureError) {
        let table = ServerNameTable(try ALPN(protocols))
        unsafe front = try Self.context(table.alpn, ticketKeys)
        do throws(SecureError) {
            for (name, credentials) in certificates {
                let context = unsafe try Self.context(table.alpn, ticketKeys)
                unsafe table.add(context, for: name)
                for credential in credentials { unsafe try Self.present(credential, in: context) }
            }
            unsafe try table.join(front)
        } catch {
            unsafe SSL_CTX_free(front)
            throw error
        }
    }

    deinit { unsafe SSL_CTX_free(front) }

    public var reference: Reference { unsafe Reference(word: UInt(bitPattern: front)) }

    private static func context(_ alpn: ALPN, _ ticketKeys: [UInt8]?) throws(SecureError) -> OpaquePointer {
        let context = unsafe try made(SSL_CTX_new(TLS_server_method()), "no memory for TLS")
        do throws(SecureError) {
            try check(unsafe copenssl_ctx_minimum_tls12(context), "TLS 1.2 is not available")
            // For TLS 1.2: forward secrecy and authenticated encryption only, as Mozilla's intermediate list has it.
            try check(unsafe SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20"), "the cipher list was refused")
            if var keys = ticketKeys {
                let answer = unsafe copenssl_ticket_keys(context, &keys, keys.count)
                try check(Int32(clamping: answer), "the ticket keys were refused")
            }
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe copenssl_ctx_modes(context)
        unsafe copenssl_no_renegotiation(context)
        let id = Array("martlet".utf8)
        unsafe SSL_CTX_set_session_id_context(context, id, UInt32(id.count))
        unsafe alpn.choose(in: context)
        return unsafe context
    }

    private static func present(_ credential: Credential, in context: OpaquePointer) throws(SecureError) {
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
