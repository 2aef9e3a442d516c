import COpenSSL

/// Certificates by server name. It lives as long as the context that it joined, which connections keep.
@safe final class ServerNameTable: @unchecked Sendable {
    // Unchecked: nothing changes after `join`.
    private let offer: TLSOffer
    private let names: ServerNames
    private let certificates: [TLSCertificate?]

    init(_ names: ServerNames, _ certificates: [TLSCertificate?], _ offer: TLSOffer) {
        (self.names, self.certificates, self.offer) = (names, certificates, offer)
    }

    /// From now on the connections of this context choose here, and the table goes when the context goes.
    func join(_ front: OpaquePointer) throws(SecureError) {
        let held = unsafe Unmanaged.passRetained(self)
        guard unsafe SSL_CTX_set_ex_data(front, Self.place, held.toOpaque()) == 1 else {
            unsafe held.release()
            throw .openSSL("no memory for TLS")
        }
        unsafe SSL_CTX_set_client_hello_cb(front, chooseCertificate, held.toOpaque())
        unsafe copenssl_on_server_name(front, confirmName, held.toOpaque())
    }

    /// Where contexts keep their table.
    private static let place = unsafe copenssl_ctx_place { _, table, _, _, _, _ in
        if let table = unsafe table { unsafe Unmanaged<ServerNameTable>.fromOpaque(table).release() }
    }

    private func certificate(for name: String?) -> TLSCertificate? { names.certificate(for: name, of: certificates) }

    // MARK: - In a handshake

    /// Presents the certificate for the name that the client asks for, and remembers what was chosen and where.
    fileprivate func choose(for ssl: OpaquePointer?, _ name: String?) -> Bool {
        guard let certificate = certificate(for: name), unsafe certificate.take(over: ssl) else { return false }
        let (table, chosen) = unsafe (Unmanaged.passUnretained(self), Unmanaged.passUnretained(certificate))
        return unsafe SSL_set_ex_data(ssl, Self.placeOfTable, table.toOpaque()) == 1
            && SSL_set_ex_data(ssl, Self.placeOfChoice, chosen.toOpaque()) == 1
    }

    /// Whether the name that the connection will be known by is one for which the same would have been chosen: a second hello, or the
    /// session that goes on, could name another.
    fileprivate func confirms(_ ssl: OpaquePointer?) -> Bool {
        let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name)).map { unsafe String(cString: $0) }
        guard let chosen = unsafe Self.choice(of: ssl) else { return false }
        return certificate(for: name)?.identity == chosen.identity
    }

    // MARK: - Afterwards

    /// Whether a connection may carry requests for this host: what its handshake chose is what the host would have chosen. Otherwise the answer is
    /// 421 (RFC 9110 section 15.5.20). A client that named nobody gets every host that wants the same of clients.
    static func serves(_ ssl: OpaquePointer?, _ host: String, isNamed: Bool) -> Bool {
        guard let table = unsafe SSL_get_ex_data(ssl, placeOfTable), let chosen = unsafe choice(of: ssl) else { return true }
        let wanted = unsafe Unmanaged<ServerNameTable>.fromOpaque(table).takeUnretainedValue().certificate(for: host)
        guard let wanted else { return !isNamed }
        return isNamed ? wanted.identity == chosen.identity : wanted.clientDemand == chosen.clientDemand
    }

    private static func choice(of ssl: OpaquePointer?) -> TLSCertificate? {
        guard let chosen = unsafe SSL_get_ex_data(ssl, placeOfChoice) else { return nil }
        return unsafe Unmanaged<TLSCertificate>.fromOpaque(chosen).takeUnretainedValue()
    }

    /// Where connections keep them; their first context, which they keep as well, keeps both alive.
    private static let placeOfTable = copenssl_session_place()
    private static let placeOfChoice = copenssl_session_place()
}

/// Called once in each handshake, before OpenSSL looks at anything: so also what sessions may go on with depends on the choice.
private let chooseCertificate: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 =
    {
        ssl, alert, argument in
        guard let argument = unsafe argument else { return SSL_CLIENT_HELLO_ERROR }
        var field: UnsafePointer<UInt8>? = nil
        var count = 0
        var name: String?
        if unsafe SSL_client_hello_get0_ext(ssl, UInt32(TLSEXT_TYPE_server_name), &field, &count) == 1 {
            name = unsafe ServerNameField.name(in: UnsafeBufferPointer(start: field, count: count).span)
        }
        let table = unsafe Unmanaged<ServerNameTable>.fromOpaque(argument).takeUnretainedValue()
        guard unsafe table.choose(for: ssl, name) else {
            unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
            return SSL_CLIENT_HELLO_ERROR
        }
        return SSL_CLIENT_HELLO_SUCCESS
    }

/// Called for each hello of a handshake, with a name or without one, once it is known whether a session goes on.
private let confirmName: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
    ssl, alert, argument in
    guard let argument = unsafe argument else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    let table = unsafe Unmanaged<ServerNameTable>.fromOpaque(argument).takeUnretainedValue()
    guard unsafe table.confirms(ssl) else {
        unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    return SSL_TLSEXT_ERR_OK
}

/// The server_name extension of a client's hello (RFC 6066 section 3).
enum ServerNameField {
    /// The first name of type host_name; nil when there is none, or the field is damaged, which OpenSSL refuses later.
    static func name(in field: borrowing Span<UInt8>) -> String? {
        func length(_ at: Int) -> Int { Int(field[at]) << 8 | Int(field[at + 1]) }
        guard field.count >= 5, length(0) == field.count - 2, field[2] == 0, length(3) > 0, length(3) <= field.count - 5 else {
            return nil
        }
        var bytes: [UInt8] = []
        for i in 5..<(5 + length(3)) { bytes.append(field[i]) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
