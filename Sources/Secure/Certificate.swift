import COpenSSL

/// An X.509 certificate and what this project reads from it.
///
/// Immutable once made, and OpenSSL counts references to it atomically, hence Sendable.
@safe public final class Certificate: @unchecked Sendable {
    let handle: OpaquePointer

    /// The subject's attributes in the order of the certificate, such as ("CN", "shop.example.com").
    public let subject: [(type: String, value: String)]
    public let subjectAlternativeNames: [SubjectAlternativeName]
    /// Seconds since 1970 UTC; the certificate is valid from the first to the second, both included.
    public let validFrom: Int64
    public let validUntil: Int64

    /// Takes ownership.
    init(owning handle: OpaquePointer) throws(SecureError) {
        unsafe self.handle = unsafe handle
        do {
            subject = unsafe CertificateReader.subject(of: handle)
            subjectAlternativeNames = unsafe CertificateReader.alternativeNames(of: handle)
            validFrom = unsafe try CertificateReader.seconds(X509_get0_notBefore(handle))
            validUntil = unsafe try CertificateReader.seconds(X509_get0_notAfter(handle))
        } catch {
            unsafe X509_free(handle)
            throw error
        }
    }

    deinit { unsafe X509_free(handle) }

    /// Reads one certificate in DER form.
    public convenience init(der: [UInt8]) throws(SecureError) {
        let parsed = unsafe try withMemoryBIO(reading: der) { bio throws(SecureError) in
            unsafe try made(d2i_X509_bio(bio, nil), "this is no certificate in DER form")
        }
        unsafe try self.init(owning: parsed)
    }

    /// Reads every certificate of a PEM file, leaf first as TLS wants it; text between them is skipped.
    public static func chain(pem: [UInt8]) throws(SecureError) -> [Certificate] {
        unsafe try withMemoryBIO(reading: pem) { bio throws(SecureError) in
            var chain: [Certificate] = []
            while let parsed = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
                chain.append(unsafe try Certificate(owning: parsed))
            }
            let code = ERR_peek_last_error()
            // "No start line" is how the reader says that the input has ended; anything else is damage.
            let ended = code == 0 || (ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
            guard ended else { throw .openSSL("certificate \(chain.count + 1) in this PEM file is damaged") }
            ERR_clear_error()
            guard !chain.isEmpty else { throw SecureError("there is no certificate in this PEM file") }
            return chain
        }
    }

    public var commonName: String? { subject.last { $0.type == "CN" }?.value }
    public var organizations: [String] { subject.filter { $0.type == "O" }.map(\.value) }
    /// May sign other certificates (RFC 5280 section 4.2.1.9).
    public var isAuthority: Bool { unsafe X509_check_ca(handle) > 0 }

    /// Whether this certificate's public key belongs to the private key.
    public func matches(_ key: PrivateKey) -> Bool {
        defer { ERR_clear_error() }
        return unsafe X509_check_private_key(handle, key.handle) == 1
    }

    public func pem() throws(SecureError) -> [UInt8] {
        unsafe try bytesWritten { bio throws(SecureError) in
            try check(unsafe PEM_write_bio_X509(bio, handle), "the certificate could not be written")
        }
    }

    public func der() throws(SecureError) -> [UInt8] {
        unsafe try bytesWritten { bio throws(SecureError) in
            try check(unsafe i2d_X509_bio(bio, handle), "the certificate could not be written")
        }
    }

    /// SHA-256 over the DER form: what browsers and `openssl x509 -fingerprint` call the fingerprint.
    public func fingerprint() throws(SecureError) -> [UInt8] { SHA256.hash(try der()) }
}
