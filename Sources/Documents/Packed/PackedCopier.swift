/// Copies a packed document and leaves parts out, without a tree of it.
public struct PackedCopier {
    private var reader: PackedReader
    private var writer = PackedWriter()
    /// Whether the member that is being copied is wanted.
    private var isKept = true

    private init(_ reader: PackedReader) { self.reader = reader }

    /// - Parameters:
    ///   - note: what stands behind the copy, of which it is told the beginning.
    ///   - copy: copies or drops one value, the document.
    public static func copy(
        _ document: Packed, note: (PackedReader) -> [UInt8] = { _ in [] }, _ copy: (inout PackedCopier) -> Void
    ) -> Packed {
        var copier = PackedCopier(document.reader)
        copy(&copier)
        let note = note(PackedReader(copier.writer.out))
        copier.writer.add(note: note)
        return Packed(copier.writer)
    }

    /// Copies the next value whole.
    public mutating func keep() { writer.copy(reader.part()) }

    /// Leaves the next value out; of an object's member the name too.
    public mutating func drop() {
        reader.skip()
        isKept = false
    }

    /// Puts a text in the place of the next value.
    public mutating func replace(with text: String) {
        reader.skip()
        writer.write(text)
    }

    /// Copies an object member by member; what is none is copied whole.
    ///
    /// - Parameters:
    ///   - added: members that it gets where it has none of that name.
    ///   - dropsEmpty: leaves the whole object out if nothing of it is left.
    ///   - member: is told the name and does one thing with the value.
    public mutating func object(
        adding added: [(name: String, text: String)] = [], dropsEmpty: Bool = false,
        _ member: (String, inout PackedCopier) -> Void
    ) {
        var attempt = reader
        guard let members = attempt.object() else { return keep() }
        reader = attempt
        let beginning = writer.out.count
        let place = writer.begin(PackedMark.object)
        var count = 0
        var missing = added
        for _ in 0..<members {
            let before = writer.out.count
            var names = reader
            let name = names.name()
            keep()
            isKept = true
            member(name, &self)
            if isKept {
                count += 1
                missing.removeAll { $0.name == name }
            } else {
                writer.truncate(to: before)
            }
        }
        for (name, text) in missing {
            writer.write(name)
            writer.write(text)
            count += 1
        }
        writer.end(place, count: count)
        isKept = count > 0 || !dropsEmpty
        if !isKept { writer.truncate(to: beginning) }
    }

    /// Copies an array element by element, none of which may be dropped; what is no array is copied whole.
    public mutating func array(_ element: (inout PackedCopier) -> Void) {
        var attempt = reader
        guard let count = attempt.array() else { return keep() }
        reader = attempt
        let place = writer.begin(PackedMark.array)
        for _ in 0..<count { element(&self) }
        writer.end(place, count: count)
        isKept = true
    }
}
