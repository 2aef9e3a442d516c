import COpenSSL

/// Certificates by server name. It lives as long as the context that it joined, which connections keep.
@safe final class ServerNameTable: @unchecked Sendable {
    // Unchecked: nothing changes after `join`.
    let alpn: ALPN
    private var contexts: [OpaquePointer] = unsafe []
    private var exact: [String: Int] = [:]
    private var below: [String: Int] = [:]
    private var any: Int?

    init(_ alpn: ALPN) { self.alpn = alpn }

    deinit { unsafe contexts.forEach { unsafe SSL_CTX_free($0) } }

    /// Takes the context over.
    func add(_ context: OpaquePointer, for name: TLSTerminator.ServerName) {
        unsafe contexts.append(context)
        let place = unsafe contexts.count - 1
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

    /// The context for a name as it came from the wire: in any case, perhaps with a dot at its end.
    fileprivate func context(for name: String?) -> OpaquePointer? {
        let last = unsafe any.map { unsafe contexts[$0] }
        guard let name else { return unsafe last }
        var wanted = name.lowercased()
        if wanted.hasSuffix(".") { wanted.removeLast() }
        if let place = exact[wanted] { return unsafe contexts[place] }
        var rest = wanted[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if let place = below[String(rest)] { return unsafe contexts[place] }
        }
        return unsafe last
    }
}

/// Called once in each handshake, with a name or without one.
private let chooseCertificate: @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 =
    {
        ssl, alert, argument in
        guard let argument = unsafe argument else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let table = unsafe Unmanaged<ServerNameTable>.fromOpaque(argument).takeUnretainedValue()
        let name = unsafe SSL_get_servername(ssl, Int32(TLSEXT_NAMETYPE_host_name))
        guard let context = unsafe table.context(for: name.map { unsafe String(cString: $0) }) else {
            unsafe alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        return unsafe SSL_set_SSL_CTX(ssl, context) == nil ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_OK
    }
