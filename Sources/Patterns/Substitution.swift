/// What a match is replaced with: text with references to groups, `$1`, `${1}` or `\1`; `$$` and `\\` stand for themselves.
public struct Substitution: Sendable {
    private struct Piece: Sendable, BitwiseCopyable {
        /// -1 for text.
        var group: Int32
        var start: Int32
        var end: Int32
    }
    private let pieces: [Piece]
    /// Text pieces one behind the other.
    private let text: [UInt8]

    /// Parses a template for an expression with that many groups.
    public init(_ template: String, captureCount: Int) throws(PatternError) {
        let bytes = Array(template.utf8)
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var pending = 0
        var i = 0
        while i < bytes.count {
            let c = bytes[i]
            guard c == UInt8(ascii: "$") || c == UInt8(ascii: "\\"), i + 1 < bytes.count else {
                text.append(c)
                i += 1
                continue
            }
            let (group, end) = try Self.reference(bytes, at: i)
            if let group {
                guard group <= captureCount, group < PatternMemory.maximumGroups else {
                    throw PatternError(offset: i, message: "refers to group \(group), but the expression has \(captureCount)")
                }
                if text.count > pending { pieces.append(Piece(group: -1, start: Int32(pending), end: Int32(text.count))) }
                pending = text.count
                pieces.append(Piece(group: Int32(group), start: 0, end: 0))
            } else if end == i + 2 && bytes[i + 1] == c {
                text.append(c)
            } else {
                text += bytes[i..<end]
            }
            i = end
        }
        if text.count > pending { pieces.append(Piece(group: -1, start: Int32(pending), end: Int32(text.count))) }
        self.pieces = pieces
        self.text = text
    }

    /// The group referred to at `i`, if any, and where the reference ends.
    private static func reference(_ bytes: [UInt8], at i: Int) throws(PatternError) -> (Int?, Int) {
        var j = i + 1
        let braced = bytes[i] == UInt8(ascii: "$") && bytes[j] == UInt8(ascii: "{")
        if bytes[j] == bytes[i] { return (nil, j + 1) }
        if braced { j += 1 }
        let start = j
        var value = 0
        while j < bytes.count, (48...57).contains(bytes[j]), j - start < 2 {
            value = value * 10 + Int(bytes[j] - 48)
            j += 1
        }
        if braced {
            guard j > start, j < bytes.count, bytes[j] == UInt8(ascii: "}") else {
                throw PatternError(offset: i, message: "${ wants a group number and }")
            }
            return (value, j + 1)
        }
        return j > start ? (value, j) : (nil, i + 1)
    }

    /// Writes the template for the match that `memory` holds. False when the output grew too long.
    borrowing func write(_ subject: borrowing Span<UInt8>, _ memory: inout PatternMemory) -> Bool {
        for i in pieces.indices {
            let piece = pieces[i]
            if piece.group < 0 {
                guard memory.write(text.span.extracting(Int(piece.start)..<Int(piece.end))) else { return false }
            } else if let range = memory.group(Int(piece.group)) {
                guard memory.write(subject.extracting(range)) else { return false }
            }
        }
        return true
    }
}
