/// Reads protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) field by field. Total: damaged input gives an error.
struct ProtobufReader {
    enum Content: Equatable {
        case varint(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Fixed widths, which Kubernetes' messages hardly use.
        case fixed(UInt64)
    }

    struct Damaged: Error, Equatable {}

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// Nil at the end.
    mutating func next() throws(Damaged) -> (number: Int, content: Content)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        let number = Int(truncatingIfNeeded: tag >> 3)
        guard (1...0x1fff_ffff).contains(number) else { throw Damaged() }
        switch tag & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed(try fixed(8)))
        case 2: return (number, .bytes(try delimited()))
        case 5: return (number, .fixed(try fixed(4)))
        default: throw Damaged()
        }
    }

    private mutating func varint() throws(Damaged) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw Damaged() }
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw Damaged()
    }

    private mutating func fixed(_ count: Int) throws(Damaged) -> UInt64 {
        guard rest.count >= count else { throw Damaged() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func delimited() throws(Damaged) -> ArraySlice<UInt8> {
        let count = try varint()
        guard count <= UInt64(rest.count) else { throw Damaged() }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }
}
