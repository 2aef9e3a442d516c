import COpenSSL

/// What a listener is ready to agree on: versions, ciphers, key exchange. Without another word it is Mozilla's intermediate configuration
/// (Server Side TLS 5.7), less its ciphers without elliptic curves.
public struct TLSPolicy: Hashable, Sendable {
    public enum Version: String, Sendable, CaseIterable, Comparable {
        case tls12 = "1.2"
        case tls13 = "1.3"

        public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

        var number: Int32 { self == .tls12 ? TLS1_2_VERSION : TLS1_3_VERSION }
    }

    public var minimum = Version.tls12
    public var maximum = Version.tls13
    /// Of TLS 1.2, best first, by OpenSSL's names.
    public var ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]
    /// Of TLS 1.3, best first.
    public var cipherSuites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    /// For the exchange of keys, best first; empty: the usual ones, with the hybrid of post-quantum cryptography where OpenSSL has it.
    public var groups: [String] = []

    public init() {}

    static let usualGroups = ["X25519", "P-256", "P-384"]
    /// OpenSSL 3.5 and later know it.
    static let hybridGroup = "X25519MLKEM768"

    /// The groups in force.
    public var effectiveGroups: [String] {
        guard groups.isEmpty else { return groups }
        return Self.problem(group: Self.hybridGroup) == nil ? [Self.hybridGroup] + Self.usualGroups : Self.usualGroups
    }

    /// The same for two that agree on the same, in the same order of preference.
    var digest: [UInt8] {
        let words =
            [minimum.rawValue, maximum.rawValue] + [ciphers, cipherSuites, effectiveGroups].map { $0.joined(separator: ":") }
        return SHA256.hash(words.joined(separator: " ").utf8)
    }

    // MARK: - Judging

    /// What is wrong with a cipher of TLS 1.2, in a sentence without a stop that goes on after its name; nil when nothing is.
    public static func problem(cipher name: String) -> String? {
        guard isName(name), let scratch = Scratch() else { return "is no cipher that OpenSSL knows" }
        guard unsafe SSL_CTX_set_cipher_list(scratch.context, name) == 1, let cipher = unsafe scratch.cipher(name) else {
            ERR_clear_error()
            return name.hasPrefix("TLS_")
                ? "is no cipher of TLS 1.2; those of TLS 1.3 are cipher suites" : "is no cipher of TLS 1.2 that OpenSSL knows"
        }
        if unsafe SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null { return "proves nobody's identity" }
        if unsafe SSL_CIPHER_get_cipher_nid(cipher) == NID_undef { return "encrypts nothing" }
        return unsafe SSL_CIPHER_get_kx_nid(cipher) == NID_kx_ecdhe ? nil : "has no forward secrecy by elliptic curves (ECDHE)"
    }

    /// The same for a cipher suite of TLS 1.3.
    public static func problem(cipherSuite name: String) -> String? {
        guard isName(name), let scratch = Scratch(), unsafe SSL_CTX_set_ciphersuites(scratch.context, name) == 1 else {
            ERR_clear_error()
            return "is no cipher suite of TLS 1.3 that OpenSSL knows"
        }
        return nil
    }

    /// The same for a group.
    public static func problem(group name: String) -> String? {
        guard isName(name), let scratch = Scratch(), unsafe copenssl_ctx_groups(scratch.context, name) == 1 else {
            ERR_clear_error()
            return "is no group that OpenSSL knows"
        }
        return nil
    }

    /// What is wrong with them together; nil when nothing is.
    public var contradiction: String? {
        if minimum > maximum { return "the minimum version \(minimum.rawValue) is above the maximum version \(maximum.rawValue)" }
        if minimum == .tls12, ciphers.isEmpty { return "TLS 1.2 needs a cipher" }
        if maximum == .tls13, cipherSuites.isEmpty { return "TLS 1.3 needs a cipher suite" }
        return nil
    }

    /// Lists of OpenSSL's have a syntax of their own, and ignore what they do not know: a name is one name.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
            }
    }

    // MARK: - Taking effect

    /// Makes the connections of a context agree on this and nothing else.
    func apply(to context: OpaquePointer) throws(SecureError) {
        try check(
            unsafe copenssl_ctx_versions(context, minimum.number, maximum.number), "these versions of TLS are not available")
        try check(unsafe SSL_CTX_set_cipher_list(context, ciphers.joined(separator: ":")), "the ciphers were refused")
        try check(
            unsafe SSL_CTX_set_ciphersuites(context, cipherSuites.joined(separator: ":")), "the cipher suites were refused")
        try check(unsafe copenssl_ctx_groups(context, effectiveGroups.joined(separator: ":")), "the groups were refused")
    }

    /// A context to ask OpenSSL what it knows.
    @safe private final class Scratch {
        let context: OpaquePointer

        init?() {
            guard let context = unsafe SSL_CTX_new(TLS_server_method()) else { return nil }
            unsafe self.context = context
        }

        deinit { unsafe SSL_CTX_free(context) }

        func cipher(_ name: String) -> OpaquePointer? {
            let list = unsafe SSL_CTX_get_ciphers(context)
            for i in 0..<(unsafe copenssl_cipher_count(list)) {
                guard let cipher = unsafe copenssl_cipher_at(list, i), let known = unsafe SSL_CIPHER_get_name(cipher) else {
                    continue
                }
                if unsafe String(cString: known) == name { return unsafe cipher }
            }
            return nil
        }
    }
}
