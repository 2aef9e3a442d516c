import COpenSSL

/// What a listener presents: certificates by server name. Immutable; a change of certificates makes another one, and connections that were
/// made by the old one stay as they are.
@safe public final class TLSTerminator: @unchecked Sendable {
    // Unchecked: everything is constant after init; OpenSSL's contexts are safe to share then.

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

    /// Accepts connections. Each of them keeps it, and it keeps the table of names, which keeps the certificates.
    private let front: OpaquePointer

    /// - Parameter certificates: by the numbers that names have; nil for those that are not there.
    public init(_ names: ServerNames, _ certificates: [TLSCertificate?], _ offer: TLSOffer) throws(SecureError) {
        unsafe front = try offer.makeContext()
        unsafe try ServerNameTable(names, certificates, offer).join(front)
    }

    deinit { unsafe SSL_CTX_free(front) }

    public var reference: Reference { unsafe Reference(word: UInt(bitPattern: front)) }
}
