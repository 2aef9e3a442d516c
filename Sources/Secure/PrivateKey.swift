import COpenSSL

/// A private key. Its bytes leave it only through `pem()`.
///
/// The key is immutable once made and OpenSSL counts references to it atomically, hence Sendable.
@safe public final class PrivateKey: @unchecked Sendable {
    let handle: OpaquePointer

    /// Takes ownership.
    init(owning handle: OpaquePointer) { unsafe self.handle = unsafe handle }

    deinit { unsafe EVP_PKEY_free(handle) }

    /// What can be presented side by side: a client knows some kinds and not others.
    public enum Kind: Hashable, Sendable, Comparable {
        case ecdsa, ed25519, rsa
        /// OpenSSL's number of it.
        case other(Int32)
    }

    public var kind: Kind {
        switch unsafe EVP_PKEY_get_base_id(handle) {
        case EVP_PKEY_EC: .ecdsa
        case EVP_PKEY_ED25519: .ed25519
        case EVP_PKEY_RSA: .rsa
        case let other: .other(other)
        }
    }

    /// A fresh ECDSA key on P-256.
    public static func generate() throws(SecureError) -> PrivateKey {
        unsafe try PrivateKey(owning: made(copenssl_generate_p256(), "no P-256 key could be made"))
    }

    /// A fresh RSA key, for those who know nothing else.
    public static func generateRSA(bits: Int = 2048) throws(SecureError) -> PrivateKey {
        unsafe try PrivateKey(owning: made(copenssl_generate_rsa(bits), "no RSA key could be made"))
    }

    /// Reads an unencrypted PEM key (PKCS #8, SEC 1 or PKCS #1).
    public convenience init(pem: [UInt8]) throws(SecureError) {
        let key = unsafe try withMemoryBIO(reading: pem) { bio throws(SecureError) in
            // Without the callback OpenSSL would ask the terminal for a passphrase.
            let refusePassphrase: @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 =
                { _, _, _, _ in -1 }
            return unsafe try made(
                PEM_read_bio_PrivateKey(bio, nil, refusePassphrase, nil),
                "this is no unencrypted private key in PEM form")
        }
        unsafe self.init(owning: key)
    }

    /// PKCS #8, PEM, unencrypted.
    public func pem() throws(SecureError) -> [UInt8] {
        unsafe try bytesWritten { bio throws(SecureError) in
            try check(
                unsafe PEM_write_bio_PrivateKey(bio, handle, nil, nil, 0, nil, nil), "the private key could not be written")
        }
    }
}
