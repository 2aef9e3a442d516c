import Documents

/// What stands behind the document of a stored object: where its names are, so that nobody goes over the document for them nor keeps them
/// once more, and what was found out about it.
struct StoredNote {
    struct Flags: OptionSet {
        let rawValue: UInt8
        static let isElided = Flags(rawValue: 1)
        static let isPlain = Flags(rawValue: 2)
    }

    /// Places in the document; 0, where the document itself begins: there is none.
    private var name: UInt32 = 0
    private var namespace: UInt32 = 0
    let flags: Flags

    private static let size = 9

    /// - Parameter reader: at the beginning of the document.
    init(_ reader: PackedReader, _ flags: Flags) {
        self.flags = flags
        var reader = reader
        guard reader.enter("metadata") else { return }
        for _ in 0..<(reader.object() ?? 0) {
            let member = reader.name()
            let place = UInt32(clamping: reader.place)
            switch member {
            case "name": name = reader.string() == nil ? 0 : place
            case "namespace": namespace = reader.string() == nil ? 0 : place
            default: reader.skip()
            }
        }
    }

    /// The note of a document that has one.
    init(_ packed: Packed) {
        let bytes = packed.note(Self.size)
        let start = bytes.startIndex
        func number(_ i: Int) -> UInt32 {
            UInt32(bytes[i]) | UInt32(bytes[i + 1]) << 8 | UInt32(bytes[i + 2]) << 16 | UInt32(bytes[i + 3]) << 24
        }
        name = number(start)
        namespace = number(start + 4)
        flags = Flags(rawValue: bytes[start + 8])
    }

    var bytes: [UInt8] {
        [name, namespace].flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } } + [flags.rawValue]
    }

    func key(in packed: Packed) -> ObjectKey {
        func text(_ place: UInt32) -> String {
            guard place > 0 else { return "" }
            var reader = packed.reader(at: Int(place))
            return reader.string() ?? ""
        }
        return ObjectKey(text(namespace), text(name))
    }
}
