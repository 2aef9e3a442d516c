import COpenSSL

/// Certificates by server name. It lives as long as the context that it joined, which connections keep.
@safe final class ServerNameTable: @unchecked Sendable {
    // Unchecked: nothing changes after `join`.
    private let offer: TLSOffer
    private var certificates: [TLSCertificate] = []
    private var exact: [String: Int] = [:]
    private var below: [String: Int] = [:]
    private var any: Int?

    init(_ offer: TLSOffer) { self.offer = offer }

    func add(_ certificate: TLSCertificate, for name: TLSTerminator.ServerName) {
        certificates.append(certificate)
        let place = certificates.count - 1
        switch name {
        case .exact(let name): exact[name.lowercased()] = place
        case .below(let suffix): below[suffix.lowercased()] = place
        case .any: any = place
        }
    }

    /// From now on the connections of this context choose here, and the table goes when the context goes.
    func join(_ front: OpaquePointer) throws(SecureError) {
        let held = unsafe Unmanaged.passRetained(self)
        guard unsafe SSL_CTX_set_ex_data(front, Self.place, held.toOpaque()) == 1 else {
            unsafe held.release()
            throw .openSSL("no memory for TLS")
        }
        unsafe copenssl_on_server_name(front, chooseCertificate, held.toOpaque())
    }

    /// Where contexts keep their table.
    private static let place = unsafe copenssl_ctx_place { _, table, _, _, _, _ in
        if let table = unsafe table { unsafe Unmanaged<ServerNameTable>.fromOpaque(table).release() }
    }

    /// The certificate for a name as it came from the wire: in any case, perhaps with a dot at its end.
    private func certificate(for name: String?) -> TLSCertificate? {
        let last = any.map { certificates[$0] }
        guard let name else { return last }
        var wanted = name.lowercased()
        if wanted.hasSuffix(".") { wanted.removeLast() }
        if let place = exact[wanted] { return certificates[place] }
        var rest = wanted[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if let place = below[String(rest)] { return certificates[place] }
        }
        return last
    }

    /// Presents the certificate for the name that the client asked for, and remembers where it was chosen.
    fileprivate func choose(for ssl: OpaquePointer?) -> Bool {
        let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name)).map { unsafe String(cString: $0) }
        guard let certificate = certificate(for: name) else { return false }
        guard unsafe SSL_set_SSL_CTX(ssl, certificate.context) != nil else { return false }
        let held = unsafe Unmanaged.passUnretained(self)
        return unsafe SSL_set_ex_data(ssl, Self.placeInSession, held.toOpaque()) == 1
    }

    /// Whether a connection may carry requests for this host: the certificate that its server name chose is the one that the host would
    /// have chosen. Otherwise the answer is 421 (RFC 9110 section 15.5.20).
    static func serves(_ ssl: OpaquePointer?, _ host: String) -> Bool {
        guard let table = unsafe SSL_get_ex_data(ssl, placeInSession) else { return true }
        let chosen = unsafe SSL_get_SSL_CTX(ssl)
        let wanted = unsafe Unmanaged<ServerNameTable>.fromOpaque(table).takeUnretainedValue().certificate(for: host)
        guard let wanted else { return false }
        return unsafe wanted.context == chosen
    }

    /// Where connections keep it; their first context, which they keep as well, keeps it alive.
    private static let placeInSession = copenssl_session_place()
}

/// Called once in each handshake, with a name or without one.
private let chooseCertificate: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 =
    {
        ssl, alert, argument in
        guard let argument = unsafe argument else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let table = unsafe Unmanaged<ServerNameTable>.fromOpaque(argument).takeUnretainedValue()
        guard unsafe table.choose(for: ssl) else {
            unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        return SSL_TLSEXT_ERR_OK
    }
