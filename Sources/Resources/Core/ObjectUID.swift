/// `metadata.uid`. API servers write UUIDs (RFC 9562, lower case), which take sixteen bytes here and no memory of their own; any other
/// text is kept as it is.
public struct ObjectUID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Storage: Hashable, Sendable {
        case uuid(UInt64, UInt64)
        case text(String)
    }
    private let storage: Storage

    private static let length = 36
    private static let hyphen = UInt8(ascii: "-")
    private static func isHyphen(_ i: Int) -> Bool { i == 8 || i == 13 || i == 18 || i == 23 }

    public init(_ text: String) { storage = Self.uuid(text) ?? .text(text) }

    public init(stringLiteral text: String) { self.init(text) }

    public var isEmpty: Bool { storage == .text("") }

    /// The text that it was made of.
    public var description: String {
        switch storage {
        case .text(let text): text
        case .uuid(let high, let low): Self.text(high, low)
        }
    }

    /// nil when the text is not exactly what a UUID's own text would be.
    private static func uuid(_ text: String) -> Storage? {
        guard text.utf8.count == length else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (i, byte) in text.utf8.enumerated() {
            if isHyphen(i) {
                guard byte == hyphen else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return .uuid(high, low)
    }

    private static func text(_ high: UInt64, _ low: UInt64) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        for (word, shift) in [high, low].flatMap({ word in stride(from: UInt64(60), through: 0, by: -4).map { (word, $0) } }) {
            if isHyphen(bytes.count) { bytes.append(hyphen) }
            let digit = UInt8(truncatingIfNeeded: word >> shift & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// In dumps it is its text.
extension ObjectUID: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description.debugDescription }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
