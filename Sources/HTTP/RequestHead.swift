/// Where the parts of a request line lie in the head's bytes, after validation and normalisation. Plain data.
public struct RequestLine: Sendable, BitwiseCopyable {
    public var method: Int32 = 0
    public var methodLength: Int32 = 0
    /// The canonical path (see `CanonicalPath`): the one that routing, filters and the upstream see.
    public var path: Int32 = 0
    public var pathLength: Int32 = 0
    /// After the `?`; length 0 with `hasQuery` false when there was none.
    public var query: Int32 = 0
    public var queryLength: Int32 = 0
    public var hasQuery = false
    /// Host in lower case without port and without trailing dot; length 0 when HTTP/1.0 sent none.
    public var host: Int32 = 0
    public var hostLength: Int32 = 0
    public init() {}
}

/// A request head as filters and matchers read it: a view that cannot outlive the block that holds the bytes.
///
/// Heads never change. What a filter wants changed it appends to the exchange's edits, applied when the head is serialised.
public struct RequestHead: ~Escapable {
    public let bytes: Span<UInt8>
    public let fields: Span<FieldLine>
    public let line: RequestLine

    @inlinable @_lifetime(copy bytes, copy fields)
    public init(bytes: Span<UInt8>, fields: Span<FieldLine>, line: RequestLine) {
        self.bytes = bytes
        self.fields = fields
        self.line = line
    }

    @inlinable public var method: Span<UInt8> {
        @_lifetime(copy self) get { slice(line.method, line.methodLength) }
    }
    @inlinable public var path: Span<UInt8> {
        @_lifetime(copy self) get { slice(line.path, line.pathLength) }
    }
    @inlinable public var query: Span<UInt8> {
        @_lifetime(copy self) get { slice(line.query, line.queryLength) }
    }
    @inlinable public var host: Span<UInt8> {
        @_lifetime(copy self) get { slice(line.host, line.hostLength) }
    }

    @inlinable @_lifetime(copy self)
    public func name(_ i: Int) -> Span<UInt8> { slice(fields[i].name, fields[i].nameLength) }

    @inlinable @_lifetime(copy self)
    public func value(_ i: Int) -> Span<UInt8> { slice(fields[i].value, fields[i].valueLength) }

    @inlinable @_lifetime(copy self)
    func slice(_ start: Int32, _ length: Int32) -> Span<UInt8> {
        bytes.extracting(Int(start)..<Int(start) &+ Int(length))
    }
}
