/// One header or trailer line as offsets into the bytes of its head. Plain data: it can be kept beside the bytes in a block.
public struct FieldLine: Sendable {
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
public enum FieldKind: UInt8, Sendable {
    case other, host, connection, contentLength, transferEncoding, expect, upgrade
    /// Keep-Alive, Proxy-Connection, TE, Trailer: never passed on (RFC 9110 section 7.6.1).
    case hopByHop
    case xForwardedFor, xForwardedProto, xForwardedHost, forwarded, requestID, cookie, userAgent
}
