import COpenSSL

/// What connections to servers of one name are made with: whom to trust, what to ask for, what to show. Immutable; other settings make
/// another one, and connections that were made by the old one stay as they are.
///
/// TLS 1.2 and 1.3. What is not verified was asked for without verification; there is no third way.
@safe public final class TLSConnector: @unchecked Sendable {
    // Unchecked: everything is constant after init but the stash of sessions, which is made for many threads.

    /// Whether the server's certificate is looked at.
    public enum Verification: Sendable {
        /// Whoever answers is believed.
        case none
        /// The certificate must be for the name, in its time, and vouched for.
        case by(TrustStore)
    }

    /// An address for rows of plain data; whoever holds it keeps the connector alive until it is used no longer.
    @safe public struct Reference: Sendable, BitwiseCopyable {
        private let word: UInt

        fileprivate init(word: UInt) { self.word = word }

        public static let none = Reference(word: 0)

        public var isPresent: Bool { word != 0 }

        var context: OpaquePointer? { unsafe OpaquePointer(bitPattern: word) }
    }

    /// For TLS 1.2: forward secrecy and authenticated encryption only.
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"

    /// Each connection keeps it, and it keeps the stash.
    private let context: OpaquePointer

    /// - Parameters:
    ///   - server: the name that is asked for (SNI) and must be in the server's certificate; an address is not asked for.
    ///   - identity: what is shown to a server that asks for a certificate.
    ///   - protocols: ALPN names, best first.
    public init(
        server: String, verifying verification: Verification, identity: TLSCertificate? = nil, protocols: [String] = []
    ) throws(SecureError) {
        unsafe context = try made(SSL_CTX_new(TLS_client_method()), "no memory for TLS")
        try check(unsafe copenssl_ctx_minimum_tls12(context), "TLS 1.2 is not available")
        try check(unsafe SSL_CTX_set_cipher_list(context, Self.ciphers), "the cipher list was refused")
        unsafe copenssl_ctx_modes(context)
        unsafe copenssl_no_renegotiation(context)
        if let identity { try show(identity) }
        let name = ServerName(server)
        if case .by(let store) = verification { try verify(name, by: store) }
        unsafe try ALPN(protocols).offer(in: context)
        unsafe try SessionStash(asking: name.isAddress ? nil : name.text).join(context)
    }

    deinit { unsafe SSL_CTX_free(context) }

    public var reference: Reference { unsafe Reference(word: UInt(bitPattern: context)) }

    /// Takes over what the other context presents.
    private func show(_ identity: TLSCertificate) throws(SecureError) {
        let other = unsafe identity.context
        try check(unsafe SSL_CTX_use_certificate(context, SSL_CTX_get0_certificate(other)), "the certificate was refused")
        try check(unsafe SSL_CTX_use_PrivateKey(context, SSL_CTX_get0_privatekey(other)), "the private key was refused")
        try check(unsafe copenssl_copy_chain(context, other), "the certificate chain was refused")
    }

    private func verify(_ name: ServerName, by store: TrustStore) throws(SecureError) {
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        unsafe SSL_CTX_set1_cert_store(context, store.handle)
        // Connections inherit it.
        let parameters = unsafe SSL_CTX_get0_param(context)
        // RFC 9525: names of a certificate are its alternative names, and a star stands for one whole label.
        unsafe X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        let answer =
            name.isAddress
            ? unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name.text)
            : unsafe X509_VERIFY_PARAM_set1_host(parameters, name.text, name.text.utf8.count)
        try check(answer, "this is no server name: \(name.text)")
    }
}

/// By what a client knows a server.
struct ServerName {
    let text: String

    init(_ text: String) { self.text = text }

    /// RFC 6066 section 3: literal addresses are not sent as a server name.
    var isAddress: Bool { text.contains(":") || text.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) } }
}
