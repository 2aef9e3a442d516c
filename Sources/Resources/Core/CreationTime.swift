/// `metadata.creationTimestamp`, in order of time: RFC 3339 in UTC and whole seconds, as API servers write it (`metav1.Time`). Such texts
/// sort as they are, so their digits are kept as a number, which takes no memory of its own; any other text is kept and sorts as text.
public struct CreationTime: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Storage: Hashable, Sendable {
        /// `20260131235959`
        case digits(UInt64)
        case text(String)
    }
    private let storage: Storage

    private static let form = "0000-00-00T00:00:00Z"

    public init(_ text: String) { storage = Self.digits(text).map { .digits($0) } ?? .text(text) }

    public init(stringLiteral text: String) { self.init(text) }

    /// The text that it was made of; empty for objects of files.
    public var description: String {
        switch storage {
        case .text(let text): text
        case .digits(let number): Self.text(number)
        }
    }

    public static func < (a: Self, b: Self) -> Bool {
        if case .digits(let x) = a.storage, case .digits(let y) = b.storage { return x < y }
        return a.description < b.description
    }

    private static func digits(_ text: String) -> UInt64? {
        guard text.utf8.count == form.utf8.count else { return nil }
        var number: UInt64 = 0
        for (byte, expected) in zip(text.utf8, form.utf8) {
            if expected == UInt8(ascii: "0") {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                number = number * 10 + UInt64(byte - UInt8(ascii: "0"))
            } else if byte != expected {
                return nil
            }
        }
        return number
    }

    private static func text(_ number: UInt64) -> String {
        var bytes = Array(form.utf8)
        var rest = number
        for i in bytes.indices.reversed() where bytes[i] == UInt8(ascii: "0") {
            bytes[i] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// In dumps it is its text.
extension CreationTime: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description.debugDescription }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
