import Base
import CCurl

/// Puts a request and its client's configuration into a libcurl handle.
@safe struct EasySetup {
    private let easy: UnsafeMutableRawPointer
    private let request: Request
    private let configuration: Client.Configuration
    /// Lists that libcurl reads until the transfer ends; the owner of the handle frees them.
    private(set) var lists: [UnsafeMutablePointer<curl_slist>] = unsafe []
    private(set) var failure: FetchError?

    init(easy: UnsafeMutableRawPointer, transfer: Transfer) {
        unsafe self.easy = unsafe easy
        request = transfer.request
        configuration = transfer.configuration
    }

    mutating func apply() {
        guard let (scheme, authority, rest) = Origin.split(request.url), isClean(request.url) else {
            return fail(.invalidRequest, "the URL is not http or https, or holds control characters")
        }
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_BUFFERSIZE, 128 << 10)
        set(CURLOPT_USERAGENT, configuration.userAgent)
        if request.acceptsCompression { set(CURLOPT_ACCEPT_ENCODING, "gzip") }
        if request.hasOwnConnection {
            set(CURLOPT_FRESH_CONNECT, 1)
            set(CURLOPT_FORBID_REUSE, 1)
        }
        _ = unsafe mlt_notice_dead_peers(easy, 30)
        applyDestination(scheme: scheme, authority: authority, rest: rest)
        applyMethod()
        applyHeaders(authority: authority)
        applyTimeouts()
        if scheme == "https" { applyTLS() }
    }

    private mutating func applyDestination(scheme: String, authority: String, rest: String) {
        let known = configuration.http2 ? mlt_http_version_any : mlt_http_version_1_1
        set(CURLOPT_HTTP_VERSION, configuration.speaksHTTP2AtOnce ? mlt_http_version_2_at_once : known)
        // Wait for a connection that may be shared rather than opening one more. Without TLS none may: whoever waited there would wait
        // until the first transfer is over, which a watch never is.
        if configuration.http2, scheme == "https" { set(CURLOPT_PIPEWAIT, 1) }
        let (host, port) = Origin.hostAndPort(authority, scheme: scheme)
        if let name = configuration.tls.serverName, scheme == "https" {
            // libcurl takes SNI and the name to verify from the URL: ask for that name, and connect to the real host.
            set(CURLOPT_URL, "https://\(name):\(port)\(rest)")
            setList(CURLOPT_CONNECT_TO, ["\(name):\(port):\(host):\(port)"])
        } else {
            set(CURLOPT_URL, request.url)
        }
        if let proxy = configuration.proxy {
            set(CURLOPT_PROXY, Self.resolvingNames(proxy))
            set(CURLOPT_NOPROXY, "")
        } else if Origin.isLoopback(host) {
            set(CURLOPT_PROXY, "")
        }
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    /// With `socks5`, as Go understands it, the proxy resolves names; libcurl calls that `socks5h`.
    private static func resolvingNames(_ proxy: String) -> String {
        proxy.lowercased().hasPrefix("socks5://") ? "socks5h" + proxy.dropFirst("socks5".count) : proxy
    }

    private mutating func applyMethod() {
        guard isToken(request.method) else { return fail(.invalidRequest, "the method is not a token") }
        if let body = request.body {
            check(unsafe body.withUnsafeBytes { unsafe mlt_set_body(easy, $0.baseAddress, $0.count) })
        }
        if request.method == "HEAD" {
            set(CURLOPT_NOBODY, 1)
        } else {
            set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private mutating func applyHeaders(authority: String) {
        // Waiting for "100 Continue" costs a second with servers that never send it.
        var lines = ["Expect:"]
        if configuration.tls.serverName != nil { lines.append("Host: \(authority)") }
        if request.body != nil, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        for header in request.headers {
            guard isToken(header.name), isClean(header.value) else {
                return fail(
                    .invalidRequest, "the header field \(header.name.debugDescription) holds characters that none may hold")
            }
            // "Name;" is libcurl's way to send an empty field.
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        setList(CURLOPT_HTTPHEADER, lines)
    }

    private mutating func applyTimeouts() {
        set(CURLOPT_CONNECTTIMEOUT_MS, max(request.timeouts.connect.wholeMilliseconds, 1))
        if let total = request.timeouts.total { set(CURLOPT_TIMEOUT_MS, max(total.wholeMilliseconds, 1)) }
    }

    private mutating func applyTLS() {
        let tls = configuration.tls
        if tls.insecure {
            // A proxy that is spoken to by TLS is believed as the server is (Go's http.Transport, and so kubectl, do the same).
            for option in [
                CURLOPT_SSL_VERIFYPEER, CURLOPT_SSL_VERIFYHOST, CURLOPT_PROXY_SSL_VERIFYPEER, CURLOPT_PROXY_SSL_VERIFYHOST,
            ] { set(option, 0) }
        }
        if let authorities = tls.authorities {
            set(authorities, CURLOPT_CAINFO, CURLOPT_CAINFO_BLOB)
            // Otherwise libcurl would keep what it read of a file for a day.
            set(CURLOPT_CA_CACHE_TIMEOUT, 0)
            set(authorities, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAINFO_BLOB)
            // Otherwise the system's directory of authorities would be believed as well.
            check(unsafe mlt_set_text(easy, CURLOPT_CAPATH, nil))
            check(unsafe mlt_set_text(easy, CURLOPT_PROXY_CAPATH, nil))
        }
        if let certificate = tls.clientCertificate { set(certificate, CURLOPT_SSLCERT, CURLOPT_SSLCERT_BLOB) }
        if let key = tls.clientKey { set(key, CURLOPT_SSLKEY, CURLOPT_SSLKEY_BLOB) }
    }
}

// MARK: - Setters

extension EasySetup {
    private mutating func fail(_ kind: FetchError.Kind, _ detail: String) {
        if failure == nil { failure = FetchError(kind, origin: Origin.of(request.url), detail: detail) }
    }

    private mutating func check(_ code: CURLcode) {
        if code != CURLE_OK { fail(.invalidRequest, unsafe String(cString: curl_easy_strerror(code))) }
    }

    private mutating func set(_ option: CURLoption, _ value: Int) { check(unsafe mlt_set_long(easy, option, value)) }
    private mutating func set(_ option: CURLoption, _ text: String) { check(unsafe mlt_set_text(easy, option, text)) }

    private mutating func set(_ pem: PEM, _ file: CURLoption, _ blob: CURLoption) {
        switch pem {
        case .file(let path): set(file, path)
        case .bytes(let bytes):
            check(unsafe bytes.withUnsafeBytes { unsafe mlt_set_blob(easy, blob, $0.baseAddress, $0.count) })
        }
    }

    private mutating func setList(_ option: CURLoption, _ lines: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = unsafe curl_slist_append(list, line) else { return fail(.failed, "out of memory") }
            unsafe list = unsafe longer
        }
        guard let list = unsafe list else { return }
        unsafe lists.append(list)
        check(unsafe mlt_set_list(easy, option, list))
    }
}

/// No byte that could end a line, and so smuggle in another (RFC 9110 section 5.5).
private func isClean(_ text: String) -> Bool {
    text.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7f) || $0 == 0x09 }
}

private func isToken(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
        }
}
