import COpenSSL

/// Who is trusted to vouch for the other side of connections. Immutable; made once for each list of authorities, shared by all that trust them.
@safe public final class TrustStore: @unchecked Sendable {
    // Unchecked: nothing is added after init, and OpenSSL locks what it looks up.
    let handle: OpaquePointer
    let authorities: [Certificate]

    /// - Parameter authorities: certificates that end a chain. They need not be self-signed: trusting an intermediate one, or the server's
    ///   own, trusts what it stands for and nothing above it.
    public init(_ authorities: [Certificate]) throws(SecureError) {
        self.authorities = authorities
        unsafe handle = try made(X509_STORE_new(), "no memory for certificates")
        unsafe _ = X509_STORE_set_flags(handle, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        for authority in authorities {
            try check(unsafe X509_STORE_add_cert(handle, authority.handle), "a CA certificate was refused")
        }
    }

    /// Reads every certificate of a PEM file.
    public convenience init(pem: [UInt8]) throws(SecureError) { try self.init(Certificate.chain(pem: pem)) }

    deinit { unsafe X509_STORE_free(handle) }
}
