/// A document in as few bytes as keep it whole, in one piece of memory: what a store keeps of objects that are seldom looked at.
///
/// A tree of the same document takes several times as much, in dozens of pieces; JSON text twice as much. `value` makes the tree anew each
/// time (docs/adr/0011); a `PackedReader` goes over it without one. Equal documents whose members stand in the same order have equal bytes.
///
/// Whoever keeps it may have a note of his own behind the document (`PackedCopier.copy`), so that both are one piece.
public struct Packed: Sendable, Hashable {
    private let bytes: [UInt8]

    public init(_ value: Value) {
        var writer = PackedWriter()
        writer.write(value)
        self.init(writer)
    }

    init(_ writer: PackedWriter) {
        // An array that grew has room to spare, and so have its slices; this one has none.
        bytes = unsafe writer.out.withUnsafeBufferPointer { unsafe Array($0) }
    }

    private init(copying part: ArraySlice<UInt8>) { bytes = Array(part) }

    /// Packs JSON as it is read; no tree is made of it. Strict as `Value(json:)` is, and the same document comes of it.
    ///
    /// - Parameter omissions: parts that nobody will read: they must be JSON like the rest, but are not kept.
    public init(json bytes: [UInt8], omitting omissions: JSONOmissions? = nil) throws(DocumentError) {
        var writer = PackedWriter()
        var parser = JSONParser(bytes: bytes.span)
        let isPlain = try parser.pack(into: &writer, omissions?.root)
        // Objects so large that a scan for names that occur twice would take long, or with such a name, are rare.
        self = isPlain ? Packed(writer) : Packed(try Value(json: bytes, omitting: omissions))
    }

    /// The tree. Whoever needs it twice keeps it meanwhile.
    public var value: Value {
        var reader = self.reader
        return reader.value()
    }

    /// At the beginning of the document.
    public var reader: PackedReader { PackedReader(bytes) }

    /// At a place that a reader of the same bytes told.
    public func reader(at place: Int) -> PackedReader { PackedReader(bytes, at: place) }

    /// The last bytes of the note.
    public func note(_ count: Int) -> ArraySlice<UInt8> { bytes.suffix(count) }

    /// The text at a path of member names, without a tree of the rest.
    public func string(at path: String...) -> String? {
        var reader = self.reader
        for name in path { guard reader.enter(name) else { return nil } }
        return reader.string()
    }

    /// A member of the document as a document of its own.
    public func part(at name: String) -> Packed? {
        var reader = self.reader
        return reader.enter(name) ? Packed(copying: reader.part()) : nil
    }

    /// The elements as documents of their own; nil when this is no list.
    public var elements: [Packed]? {
        var reader = self.reader
        return reader.array().map { count in (0..<count).map { _ in Packed(copying: reader.part()) } }
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
