extension JSONParser {
    /// Packs the document. - Returns: false when it should rather be read as a tree: an object may have two members of one name, of which the
    /// last counts.
    mutating func pack(into writer: inout PackedWriter, _ omissions: JSONOmissions.Node?) throws(DocumentError) -> Bool {
        var names = Names()
        try pack(depth: 0, omissions, &writer, &names)
        skipSpace()
        guard at == bytes.count else { throw error("expected the end of the document after the first value") }
        return !names.mayRepeat
    }

    private mutating func pack(
        depth: Int, _ omissions: JSONOmissions.Node?, _ writer: inout PackedWriter, _ names: inout Names
    ) throws(DocumentError) {
        guard depth <= Value.maximumDepth else { throw error("nested deeper than \(Value.maximumDepth) levels") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): try packObject(depth, omissions, &writer, &names)
        case UInt8(ascii: "["): try packArray(depth, omissions, &writer, &names)
        case UInt8(ascii: "\""): try packString(&writer)
        default: writer.write(try value(depth: depth, nil))
        }
    }

    private mutating func packObject(
        _ depth: Int, _ omissions: JSONOmissions.Node?, _ writer: inout PackedWriter, _ names: inout Names
    ) throws(DocumentError) {
        at += 1
        let place = writer.begin(PackedMark.object)
        let outer = names.count
        var count = 0
        skipSpace()
        if take("}") { return }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member name in quotes, found \(found)") }
            let start = writer.out.count
            try packString(&writer)
            skipSpace()
            guard take(":") else {
                var reader = PackedReader(Array(writer.out[start...]))
                throw error("expected ':' after the member name \"\(reader.name())\", found \(found)")
            }
            let inner = omissions.flatMap { Self.member($0, start, writer.out) }
            if inner?.isOmitted == true {
                writer.truncate(to: start)
                try skip(depth: depth + 1)
            } else {
                names.add(start..<writer.out.count, after: outer, writer.out)
                count += 1
                try pack(depth: depth + 1, inner, &writer, &names)
            }
            skipSpace()
            if take("}") { break }
            guard take(",") else { throw error("expected ',' or '}' after a member, found \(found)") }
        }
        names.remove(after: outer)
        writer.end(place, count: count)
    }

    private static func member(_ node: JSONOmissions.Node, _ start: Int, _ out: [UInt8]) -> JSONOmissions.Node? {
        let length = out.count - start
        return node.packed.first { $0.name.count == length && $0.name[0] == out[start] && $0.name[...] == out[start...] }?.node
    }

    private mutating func packArray(
        _ depth: Int, _ omissions: JSONOmissions.Node?, _ writer: inout PackedWriter, _ names: inout Names
    ) throws(DocumentError) {
        at += 1
        let place = writer.begin(PackedMark.array)
        skipSpace()
        if take("]") { return }
        var count = 0
        while true {
            try pack(depth: depth + 1, omissions?.elements, &writer, &names)
            count += 1
            skipSpace()
            if take("]") { break }
            guard take(",") else { throw error("expected ',' or ']' after an element, found \(found)") }
        }
        writer.end(place, count: count)
    }

    private mutating func packString(_ writer: inout PackedWriter) throws(DocumentError) {
        let start = at + 1
        at = start
        let isASCII = toEndOfPlainText()
        guard peek == UInt8(ascii: "\"") else { return writer.write(try escapedString(from: start)) }
        if !isASCII { _ = try text(start..<at) }
        writer.write(text: bytes.extracting(start..<at))
        at += 1
    }

    /// Where the names of the objects that are being read stand in the packed document, to see whether one occurs twice.
    private struct Names {
        /// Each is compared with all before: more than these are looked up in a tree.
        private static let most = 64
        private var places: [Range<Int>] = []
        private(set) var mayRepeat = false

        var count: Int { places.count }

        mutating func add(_ place: Range<Int>, after outer: Int, _ out: [UInt8]) {
            if places.count - outer >= Self.most { mayRepeat = true }
            if mayRepeat { return }
            for i in outer..<places.count where out[places[i].lowerBound] == out[place.lowerBound] {
                if out[places[i]] == out[place] { mayRepeat = true }
            }
            places.append(place)
        }

        mutating func remove(after outer: Int) { if places.count > outer { places.removeSubrange(outer...) } }
    }
}
