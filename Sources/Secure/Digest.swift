import COpenSSL

/// SHA-256 (FIPS 180-4).
public enum SHA256 {
    public static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] { unsafe Digest.hash(Array(bytes), EVP_sha256()) }
}

/// SHA-512 (FIPS 180-4).
public enum SHA512 {
    public static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] { unsafe Digest.hash(Array(bytes), EVP_sha512()) }
}

enum Digest {
    static func hash(_ bytes: [UInt8], _ algorithm: OpaquePointer?) -> [UInt8] {
        // EVP_Digest writes at most EVP_MAX_MD_SIZE bytes into the buffer made for it.
        unsafe [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var size: UInt32 = 0
            let answer = unsafe bytes.withUnsafeBytes {
                unsafe EVP_Digest($0.baseAddress, $0.count, buffer.baseAddress, &size, algorithm, nil)
            }
            precondition(answer == 1, "a digest built into libcrypto failed")
            count = Int(size)
        }
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
