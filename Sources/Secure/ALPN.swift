import COpenSSL

/// Names of application protocols (RFC 7301), best first.
///
/// Contexts that announce it point to it: it has to outlive them.
final class ALPN: Sendable {
    let protocols: [[UInt8]]

    /// - Throws: when a name does not have 1 to 255 bytes.
    init(_ protocols: [String]) throws(SecureError) {
        self.protocols = protocols.map { Array($0.utf8) }
        guard self.protocols.allSatisfy({ (1...255).contains($0.count) }) else {
            throw SecureError("an ALPN name has 1 to 255 bytes")
        }
    }

    /// As a client offers them.
    func offer(in context: OpaquePointer) {
        guard !protocols.isEmpty else { return }
        let wire = protocols.flatMap { [UInt8(truncatingIfNeeded: $0.count)] + $0 }
        unsafe SSL_CTX_set_alpn_protos(context, wire, UInt32(wire.count))
    }

    /// As a server chooses among those that a client offers.
    func choose(in context: OpaquePointer) {
        guard !protocols.isEmpty else { return }
        unsafe SSL_CTX_set_alpn_select_cb(context, selectProtocol, Unmanaged.passUnretained(self).toOpaque())
    }
}

/// RFC 7301 section 3.2: the server's preference decides; without a common protocol the handshake goes on without one, as most servers do.
private let selectProtocol:
    @convention(c) (
        OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?, UnsafePointer<UInt8>?, UInt32,
        UnsafeMutableRawPointer?
    ) -> Int32 = { _, out, outLength, offered, offeredLength, argument in
        guard let argument = unsafe argument, let offered = unsafe offered else { return SSL_TLSEXT_ERR_NOACK }
        let alpn = unsafe Unmanaged<ALPN>.fromOpaque(argument).takeUnretainedValue()
        let list = unsafe UnsafeBufferPointer(start: offered, count: Int(offeredLength))
        for wanted in alpn.protocols {
            var at = 0
            while at < list.count {
                let size = unsafe Int(list[at])
                guard at + 1 + size <= list.count else { return SSL_TLSEXT_ERR_NOACK }
                if unsafe list[(at + 1)..<(at + 1 + size)].elementsEqual(wanted) {
                    // Points into the client's list, which OpenSSL keeps until it has copied the choice.
                    unsafe out?.pointee = unsafe offered + at + 1
                    unsafe outLength?.pointee = UInt8(truncatingIfNeeded: size)
                    return SSL_TLSEXT_ERR_OK
                }
                at += 1 + size
            }
        }
        return SSL_TLSEXT_ERR_NOACK
    }
