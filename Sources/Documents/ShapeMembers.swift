/// The members of a declared object, found by their names in packed documents.
struct Members<Root: Sendable>: Sendable {
    /// Reads the member whose name stands there. - Returns: its bit, `absent` for null, and 0 where nobody declared it, which is not passed.
    ///
    /// One closure that holds all: to hold them in an array, their type would have to be looked up for each object.
    private let take: @Sendable (Range<Int>, inout PackedReader, inout Root) -> UInt64
    private let required: UInt64
    private static var absent: UInt64 { 1 << 63 }
    /// Names that others own; nil where any other name is no mistake.
    private let ignored: [[UInt8]]?

    /// - Parameters:
    ///   - fields: 63 at most.
    ///   - ignoring: names that others own; nil for an object that is declared only in part.
    init(_ fields: [Field<Root>], ignoring: Set<String>?) {
        precondition(fields.count < UInt64.bitWidth, "an object declares \(fields.count) members; a set of them has room for 63")
        var required: UInt64 = 0
        var take = { @Sendable (_: Range<Int>, _: inout PackedReader, _: inout Root) -> UInt64 in 0 }
        for (i, field) in fields.enumerated().reversed() {
            let (name, bit, unpack, others) = (PackedWriter.bytes(field.doc.name), UInt64(1) << UInt64(i), field.unpack, take)
            if field.doc.isRequired { required |= bit }
            take = { place, reader, root in
                guard reader.isName(place, name) else { return others(place, &reader, &root) }
                if reader.takeNull() { return Self.absent }
                unpack(&reader, &root)
                return bit
            }
        }
        self.take = take
        self.required = required
        ignored = ignoring.map { $0.map(PackedWriter.bytes) }
    }

    /// Reads so many members.
    func read(_ count: Int, _ reader: inout PackedReader, _ root: inout Root) {
        var seen: UInt64 = 0
        for _ in 0..<count {
            let place = reader.namePlace()
            let bit = take(place, &reader, &root)
            seen |= bit
            if bit != 0 { continue }
            if let ignored, !ignored.contains(where: { reader.isName(place, $0) }) { reader.isFlawed = true }
            reader.skip()
        }
        if seen & required != required { reader.isFlawed = true }
    }
}
