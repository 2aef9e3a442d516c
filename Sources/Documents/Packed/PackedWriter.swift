import Base

/// Writes packed documents: whole trees, or piece by piece.
struct PackedWriter {
    private(set) var out: [UInt8] = []
    private let words = PackedWords.table

    init() { out.reserveCapacity(1024) }

    /// The bytes of one text, such as a member's name.
    static func bytes(_ text: String) -> [UInt8] {
        var writer = PackedWriter()
        writer.write(text)
        return writer.out
    }

    mutating func write(_ value: Value) {
        switch value {
        case .null: out.append(PackedMark.null)
        case .bool(let flag): out.append(flag ? PackedMark.yes : PackedMark.no)
        case .integer(let number):
            out.append(PackedMark.integer)
            write(UInt64(bitPattern: number << 1 ^ number >> 63))
        case .number(let number):
            out.append(PackedMark.number)
            write(bits: number.bitPattern)
        case .string(let text): write(text)
        case .array(let elements):
            out.append(PackedMark.array)
            write(UInt64(elements.count))
            for element in elements { write(element) }
        case .object(let fields):
            out.append(PackedMark.object)
            write(UInt64(fields.count))
            for (key, value) in fields.entries {
                write(key)
                write(value)
            }
        }
    }

    mutating func write(_ text: String) { write(text: text.utf8Span.span) }

    /// - Parameter bytes: valid UTF-8.
    mutating func write(text bytes: Span<UInt8>) {
        if let code = words.code(bytes) {
            out.append(PackedMark.words + code)
        } else if bytes.count == UUIDBits.textLength, let uuid = UUIDBits(bytes) {
            out.append(PackedMark.uuid)
            write(bits: uuid.high)
            write(bits: uuid.low)
        } else if let digits = TimestampDigits.digits(bytes) {
            out.append(PackedMark.time)
            for i in 0..<PackedMark.timeLength { out.append(UInt8(truncatingIfNeeded: digits >> UInt64(8 * i))) }
        } else {
            if bytes.count <= PackedMark.longestShortText {
                out.append(PackedMark.shortText + UInt8(bytes.count))
            } else {
                out.append(PackedMark.text)
                write(UInt64(bytes.count))
            }
            unsafe bytes.withUnsafeBufferPointer { unsafe out.append(contentsOf: $0) }
        }
    }

    private mutating func write(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            out.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        out.append(UInt8(truncatingIfNeeded: rest))
    }

    private mutating func write(bits: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { out.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    }

    // MARK: Piece by piece

    /// Begins an array or object whose count `end` writes. - Returns: what `end` wants.
    mutating func begin(_ mark: UInt8) -> Int {
        out.append(mark)
        out.append(0)
        return out.count - 1
    }

    mutating func end(_ place: Int, count: Int) {
        guard count >= 0x80 else {
            out[place] = UInt8(count)
            return
        }
        let behind = out.count
        write(UInt64(count))
        let groups = Array(out[behind...])
        out.removeSubrange(behind...)
        out.replaceSubrange(place...place, with: groups)
    }

    /// What another document holds there.
    mutating func copy(_ part: ArraySlice<UInt8>) { out.append(contentsOf: part) }

    /// Behind the document.
    mutating func add(note: [UInt8]) { out.append(contentsOf: note) }

    /// Takes back what was written since there were so many bytes.
    mutating func truncate(to count: Int) { out.removeLast(out.count - count) }
}
