/// One header or trailer line as offsets into the bytes of its head. Plain data: it can be kept beside the bytes in a block.
public struct FieldLine: Sendable, BitwiseCopyable {
    public var name: Int32
    public var nameLength: Int32
    public var value: Int32
    public var valueLength: Int32
    /// Offset just past the line's CRLF.
    public var end: Int32
    public var kind: FieldKind

    @inlinable public init(name: Int32, nameLength: Int32, value: Int32, valueLength: Int32, end: Int32, kind: FieldKind) {
        self.name = name
        self.nameLength = nameLength
        self.value = value
        self.valueLength = valueLength
        self.end = end
        self.kind = kind
    }
}

/// Fields that the proxy itself understands; all others are `other`.
public enum FieldKind: UInt8, Sendable, BitwiseCopyable {
    case other, host, connection, contentLength, transferEncoding, expect, upgrade
    /// Keep-Alive, Proxy-Connection: never passed on (RFC 9110 section 7.6.1).
    case hopByHop
    /// TE: consumed here; `trailers` is said anew to the upstream.
    case te
    case xForwardedFor, xForwardedProto, xForwardedHost, xForwardedPort, xRealIP, forwarded, requestID
    /// X-Forwarded-Client-Cert: what a client showed in its handshake.
    case forwardedCertificate
    /// A forwarding or framing field spelled with underscores, which some backends read as the real one: never passed on.
    case forgedForwarding
    case cookie, userAgent, date
    /// X-Martlet-Mirror: says that a request is a copy; passed on for trusted proxies only.
    case mirror
}
