import Base

/// `metadata.creationTimestamp`, in order of time: RFC 3339 in UTC and whole seconds, as API servers write it (`metav1.Time`). Such texts
/// sort as they are, so their digits are kept as a number, which takes no memory of its own; any other text is kept and sorts as text.
public struct CreationTime: Hashable, Sendable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Storage: Hashable, Sendable {
        /// `20260131235959`
        case digits(UInt64)
        /// In a box: what no API server writes shall not make the others larger.
        case text(Rare<String>)
    }
    private let storage: Storage

    public init(_ text: String) {
        storage = TimestampDigits.digits(text.utf8Span.span).map { .digits($0) } ?? .text(Rare(text))
    }

    public init(stringLiteral text: String) { self.init(text) }

    /// The text that it was made of; empty for objects of files.
    public var description: String {
        switch storage {
        case .text(let text): text.value
        case .digits(let number): TimestampDigits.text(number)
        }
    }

    public static func < (a: Self, b: Self) -> Bool {
        if case .digits(let x) = a.storage, case .digits(let y) = b.storage { return x < y }
        return a.description < b.description
    }
}

/// In dumps it is its text.
extension CreationTime: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description.debugDescription }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
