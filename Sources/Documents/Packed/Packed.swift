import Base

/// A document in as few bytes as keep it whole, in one piece of memory: what a store keeps of objects that are seldom looked at.
///
/// A tree of the same document takes several times as much, in dozens of pieces; JSON text twice as much. `value` makes the tree anew each
/// time (docs/adr/0011). Equal documents whose members stand in the same order have equal bytes.
public struct Packed: Sendable, Hashable {
    private let bytes: [UInt8]

    public init(_ value: Value) {
        var writer = PackedWriter()
        writer.out.reserveCapacity(1024)
        writer.write(value)
        // An array that grew has room to spare, and so have its slices; this one has none.
        bytes = unsafe writer.out.withUnsafeBufferPointer { unsafe Array($0) }
    }

    /// The tree. Whoever needs it twice keeps it meanwhile.
    public var value: Value {
        var reader = PackedReader(bytes: bytes.span)
        return reader.value()
    }

    /// The text at a path of member names, without a tree of the rest.
    public func string(at path: String...) -> String? {
        var reader = PackedReader(bytes: bytes.span)
        for name in path { guard reader.enter(name) else { return nil } }
        return reader.value().string
    }

    /// Bytes of memory, apart from what every array has.
    public var count: Int { bytes.count }
}

/// The first byte says what follows. Lengths and counts are written in groups of seven bits, the lowest first.
enum PackedMark {
    static let null: UInt8 = 0
    static let no: UInt8 = 1
    static let yes: UInt8 = 2
    /// Zigzag: small numbers are short, whatever their sign.
    static let integer: UInt8 = 3
    static let number: UInt8 = 4
    static let uuid: UInt8 = 5
    /// A length and bytes.
    static let text: UInt8 = 6
    static let array: UInt8 = 7
    static let object: UInt8 = 8
    /// A time as API servers write it: its fourteen digits in six bytes.
    static let time: UInt8 = 9
    static let timeLength = 6
    /// 16 to 47: a text of so many bytes less 16.
    static let shortText: UInt8 = 16
    static let longestShortText = 31
    /// From here on: one of `PackedWords`.
    static let words: UInt8 = 48
}

private struct PackedWriter {
    var out: [UInt8] = []
    private let words = PackedWords.table

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

    private mutating func write(_ text: String) {
        let bytes = text.utf8Span.span
        if let code = words.code(bytes) {
            out.append(PackedMark.words + code)
        } else if bytes.count == UUIDBits.textLength, let uuid = UUIDBits(text) {
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
            out.append(contentsOf: text.utf8)
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
}

/// Reads what `PackedWriter` wrote, and nothing else: a byte that it cannot have written is a bug of ours and traps.
private struct PackedReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var at = 0

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>) { self.bytes = bytes }

    mutating func value() -> Value {
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

    /// Goes to the member of an object; false when there is none.
    mutating func enter(_ name: String) -> Bool {
        guard next() == PackedMark.object else { return false }
        for _ in 0..<number() {
            if text(next()) == name { return true }
            skip()
        }
        return false
    }

    private mutating func skip() {
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

    private mutating func text(_ mark: UInt8) -> String {
        if mark >= PackedMark.words { return PackedWords.texts[Int(mark - PackedMark.words)] }
        if mark == PackedMark.uuid { return UUIDBits(high: bits(), low: bits()).text }
        if mark == PackedMark.time {
            var digits: UInt64 = 0
            for i in 0..<PackedMark.timeLength { digits |= UInt64(next()) << UInt64(8 * i) }
            return TimestampDigits.text(digits)
        }
        let length = mark == PackedMark.text ? Int(number()) : Int(mark - PackedMark.shortText)
        let end = at + length
        // What was a text when it was written is valid UTF-8 still.
        let span = bytes.extracting(at..<end)
        at = end
        return unsafe span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
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
