import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    public static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] { unsafe Digest.hash([Array(bytes)], EVP_sha256()) }

    /// Of several pieces in a row, which are not joined for that.
    public static func hash(pieces: [[UInt8]]) -> [UInt8] { unsafe Digest.hash(pieces, EVP_sha256()) }
}

/// SHA-512 (FIPS 180-4).
public enum SHA512 {
    public static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] { unsafe Digest.hash([Array(bytes)], EVP_sha512()) }
}

enum Digest {
    static func hash(_ pieces: [[UInt8]], _ algorithm: OpaquePointer?) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var answer = unsafe EVP_DigestInit_ex(context, algorithm, nil)
        for piece in pieces {
            unsafe piece.withUnsafeBytes { answer &= unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        }
        // EVP_DigestFinal_ex writes at most EVP_MAX_MD_SIZE bytes into the buffer made for it.
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var size: UInt32 = 0
            answer &= unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, &size)
            count = Int(size)
        }
        precondition(answer == 1, "a digest built into libcrypto failed")
        return digest
    }
}

/// Bytes nobody can guess, from the operating system's generator through OpenSSL.
public enum SecureRandom {
    public static func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let answer = unsafe RAND_bytes(buffer.baseAddress, Int32(clamping: count))
            precondition(answer == 1, "the system has no randomness to give")
            initialized = count
        }
    }
}
