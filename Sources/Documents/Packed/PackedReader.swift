import Base

/// Goes over a packed document, value by value. Each call that says what it found stands behind it afterwards, and one that says that
/// there was something else (nil, false) has passed that.
///
/// It reads what `PackedWriter` wrote, and nothing else: a byte that it cannot have written is a bug of ours and traps.
public struct PackedReader: Sendable {
    let bytes: [UInt8]
    private(set) var at = 0
    /// Something was not as its declaration wants it (`Shape.unpack`).
    public var isFlawed = false

    init(_ bytes: [UInt8], at place: Int = 0) {
        self.bytes = bytes
        at = place
    }

    /// Of the next value, among the document's bytes.
    public var place: Int { at }

    // MARK: Values

    /// The tree of the next value.
    public mutating func value() -> Value {
        let mark = next()
        switch mark {
        case PackedMark.null: return .null
        case PackedMark.no: return .bool(false)
        case PackedMark.yes: return .bool(true)
        case PackedMark.integer:
            let zigzag = number()
            return .integer(Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1))
        case PackedMark.number: return .number(Double(bitPattern: bits()))
        case PackedMark.array:
            let count = Int(number())
            var elements: [Value] = []
            elements.reserveCapacity(count)
            for _ in 0..<count { elements.append(value()) }
            return .array(elements)
        case PackedMark.object:
            let count = Int(number())
            var entries: [(key: String, value: Value)] = []
            entries.reserveCapacity(count)
            for _ in 0..<count {
                let key = text(next())
                entries.append((key, value()))
            }
            return .object(Value.Fields(unique: entries))
        default: return .string(text(mark))
        }
    }

    /// nil for what is no text.
    public mutating func string() -> String? {
        switch bytes[at] {
        case PackedMark.uuid, PackedMark.text, PackedMark.time, PackedMark.shortText...: return text(next())
        default:
            skip()
            return nil
        }
    }

    /// nil for what is no whole number.
    public mutating func integer() -> Int64? { value().integer }

    /// Whether it is null; only then it is passed.
    mutating func takeNull() -> Bool {
        guard bytes[at] == PackedMark.null else { return false }
        at += 1
        return true
    }

    public mutating func skip() {
        let mark = next()
        switch mark {
        case PackedMark.null, PackedMark.no, PackedMark.yes, PackedMark.words...: break
        case PackedMark.integer: _ = number()
        case PackedMark.number: at += 8
        case PackedMark.uuid: at += 16
        case PackedMark.time: at += PackedMark.timeLength
        case PackedMark.text: at += Int(number())
        case PackedMark.array: for _ in 0..<number() { skip() }
        case PackedMark.object:
            for _ in 0..<number() {
                skip()
                skip()
            }
        default: at += Int(mark - PackedMark.shortText)
        }
    }

    /// The bytes of the next value.
    mutating func part() -> ArraySlice<UInt8> {
        let start = at
        skip()
        return bytes[start..<at]
    }

    // MARK: Objects and arrays

    /// How many members follow, of which each is a name (`name`) and a value; nil for what is no object.
    public mutating func object() -> Int? { container(PackedMark.object) }

    /// How many elements follow; nil for what is no array.
    public mutating func array() -> Int? { container(PackedMark.array) }

    private mutating func container(_ mark: UInt8) -> Int? {
        guard bytes[at] == mark else {
            skip()
            return nil
        }
        at += 1
        return Int(number())
    }

    /// A member's name.
    public mutating func name() -> String { text(next()) }

    /// Goes to the member of an object; false when there is none.
    public mutating func enter(_ name: String) -> Bool {
        for _ in 0..<(object() ?? 0) {
            if text(next()) == name { return true }
            skip()
        }
        return false
    }

    /// Passes a member's name, which is not made a text: its place is for `isName`.
    mutating func namePlace() -> Range<Int> {
        let start = at
        skip()
        return start..<at
    }

    /// - Parameter name: as `PackedWriter.bytes` writes it. Equal texts have equal bytes.
    func isName(_ place: Range<Int>, _ name: [UInt8]) -> Bool {
        guard bytes[place.lowerBound] == name[0], place.count == name.count else { return false }
        var i = 1
        while i < name.count {
            if bytes[place.lowerBound + i] != name[i] { return false }
            i += 1
        }
        return true
    }

    // MARK: Bytes

    private mutating func text(_ mark: UInt8) -> String {
        if mark >= PackedMark.words { return PackedWords.texts[Int(mark - PackedMark.words)] }
        if mark == PackedMark.uuid { return UUIDBits(high: bits(), low: bits()).text }
        if mark == PackedMark.time {
            var digits: UInt64 = 0
            for i in 0..<PackedMark.timeLength { digits |= UInt64(next()) << UInt64(8 * i) }
            return TimestampDigits.text(digits)
        }
        let length = mark == PackedMark.text ? Int(number()) : Int(mark - PackedMark.shortText)
        let place = at..<(at + length)
        at = place.upperBound
        // What was a text when it was written is valid UTF-8 still.
        return unsafe bytes.span.extracting(place).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    private mutating func next() -> UInt8 {
        defer { at += 1 }
        return bytes[at]
    }

    private mutating func number() -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = next()
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
    }

    private mutating func bits() -> UInt64 {
        var bits: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 8) { bits |= UInt64(next()) << UInt64(shift) }
        return bits
    }
}
