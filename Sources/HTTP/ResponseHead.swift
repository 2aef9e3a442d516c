/// A response head as filters read it: a view that cannot outlive the bytes it was parsed from.
public struct ResponseHead: ~Escapable {
    public let bytes: Span<UInt8>
    public let fields: Span<FieldLine>
    public let status: UInt16

    @inlinable @_lifetime(copy bytes, copy fields)
    public init(bytes: Span<UInt8>, fields: Span<FieldLine>, status: UInt16) {
        self.bytes = bytes
        self.fields = fields
        self.status = status
    }

    @inlinable @_lifetime(copy self)
    public func name(_ i: Int) -> Span<UInt8> {
        bytes.extracting(Int(fields[i].name)..<Int(fields[i].name) &+ Int(fields[i].nameLength))
    }

    @inlinable @_lifetime(copy self)
    public func value(_ i: Int) -> Span<UInt8> {
        bytes.extracting(Int(fields[i].value)..<Int(fields[i].value) &+ Int(fields[i].valueLength))
    }
}
