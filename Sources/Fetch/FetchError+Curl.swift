import CCurl

extension FetchError {
    /// What libcurl's result code means to whoever has to act on it.
    ///
    /// - Parameter hasProxy: connections are made to a proxy.
    init(_ code: CURLcode, easy: UnsafeMutableRawPointer, origin: String, hasProxy: Bool, detail: String) {
        let fallback = unsafe String(cString: curl_easy_strerror(code))
        let words = detail.isEmpty ? fallback : detail
        var kind = unsafe Self.kind(of: code, easy: easy, detail: words)
        if hasProxy, unsafe !Self.connected(easy), Self.isProxysFault(kind, words) { kind = .proxyFailed }
        self.init(kind, origin: origin, detail: words)
    }

    /// With a proxy between, whom libcurl could not connect to was the proxy, and a tunnel that it refused shows as a lost connection.
    private static func isProxysFault(_ kind: Kind, _ detail: String) -> Bool {
        switch kind {
        case .connectionRefused, .unreachable: true
        case .connectionLost: detail.contains("CONNECT")
        default: false
        }
    }

    private static func kind(of code: CURLcode, easy: UnsafeMutableRawPointer, detail: String) -> Kind {
        switch code {
        case CURLE_URL_MALFORMAT: .invalidRequest
        // Also what libcurl says when the answer begins with something other than "HTTP/".
        case CURLE_UNSUPPORTED_PROTOCOL: unsafe connected(easy) ? .protocolError : .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST: .cannotResolve
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxyFailed
        case CURLE_COULDNT_CONNECT: unsafe connectFailure(easy)
        case CURLE_OPERATION_TIMEDOUT: unsafe connected(easy) ? .responseTimeout : .connectTimeout
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS: .serverNotTrusted
        case CURLE_SSL_CACERT_BADFILE: .badAuthorities
        case CURLE_SSL_CERTPROBLEM: .badClientCertificate
        case CURLE_SSL_CONNECT_ERROR, CURLE_USE_SSL_FAILED: .tlsHandshakeFailed
        // TLS 1.3 servers refuse a missing client certificate after the client believes the handshake done (RFC 8446 section 4.4.2).
        case CURLE_RECV_ERROR where detail.contains(" alert "): .tlsHandshakeFailed
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            .connectionLost
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .protocolError
        default: .failed
        }
    }

    private static func connectFailure(_ easy: UnsafeMutableRawPointer) -> Kind {
        switch unsafe mlt_get_long(easy, CURLINFO_OS_ERRNO) {
        case 110: .connectTimeout  // ETIMEDOUT
        case 101, 113: .unreachable  // ENETUNREACH, EHOSTUNREACH
        default: .connectionRefused
        }
    }

    private static func connected(_ easy: UnsafeMutableRawPointer) -> Bool {
        unsafe mlt_get_offset(easy, CURLINFO_PRETRANSFER_TIME_T) > 0
    }
}
