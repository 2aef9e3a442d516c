import COpenSSL

/// Bytes read through OpenSSL's reader interface, for parsing PEM and DER.
func withMemoryBIO<T>(reading bytes: [UInt8], _ body: (OpaquePointer) throws(SecureError) -> T) throws(SecureError) -> T {
    guard let size = Int32(exactly: bytes.count) else { throw SecureError("the input is too large") }
    // The BIO is owned here and outlives the call; it copies what it is given.
    let bio = unsafe try made(BIO_new(BIO_s_mem()), "no memory for a reader")
    defer { unsafe _ = BIO_free(bio) }
    let written = unsafe bytes.withUnsafeBytes { unsafe BIO_write(bio, $0.baseAddress, size) }
    guard written == size || size == 0 else { throw .openSSL("no memory for the input") }
    return unsafe try body(bio)
}

/// The bytes that `body` writes to an OpenSSL writer.
func bytesWritten(_ body: (OpaquePointer) throws(SecureError) -> Void) throws(SecureError) -> [UInt8] {
    let bio = unsafe try made(BIO_new(BIO_s_mem()), "no memory for a writer")
    defer { unsafe _ = BIO_free(bio) }
    unsafe try body(bio)
    return unsafe drain(bio)
}

/// Everything pending in a memory BIO.
func drain(_ bio: OpaquePointer) -> [UInt8] {
    let pending = unsafe Int(copenssl_bio_pending(bio))
    guard pending > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: pending) { buffer, count in
        let read = unsafe BIO_read(bio, buffer.baseAddress, Int32(clamping: pending))
        count = max(0, Int(read))
    }
}
