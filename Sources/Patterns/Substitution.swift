/// What a match is replaced with: text with references to groups, `$1`, `${1}` or `\1`; `$$` and `\\` stand for themselves.
public struct Substitution: Sendable {
    private enum Piece: Sendable {
        case text([UInt8])
        case group(Int)
    }
    private let pieces: [Piece]

    /// Parses a template for an expression with that many groups.
    public init(_ template: String, captureCount: Int) throws(PatternError) {
        let bytes = Array(template.utf8)
        var pieces: [Piece] = []
        var text: [UInt8] = []
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
                if !text.isEmpty { pieces.append(.text(text)) }
                text = []
                pieces.append(.group(group))
            } else if end == i + 2 && bytes[i + 1] == c {
                text.append(c)
            } else {
                text += bytes[i..<end]
            }
            i = end
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        self.pieces = pieces
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
        for piece in pieces {
            switch piece {
            case .text(let bytes):
                guard memory.write(bytes.span) else { return false }
            case .group(let i):
                guard let range = memory.group(i) else { continue }
                guard memory.write(subject.extracting(range)) else { return false }
            }
        }
        return true
    }
}
