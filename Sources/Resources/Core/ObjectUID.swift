import Base

/// `metadata.uid`. API servers write UUIDs, which take sixteen bytes here and no memory of their own; any other text is kept as it is.
public struct ObjectUID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private enum Storage: Hashable, Sendable {
        case uuid(UUIDBits)
        case text(String)
    }
    private let storage: Storage

    public init(_ text: String) { storage = UUIDBits(text).map { .uuid($0) } ?? .text(text) }

    public init(stringLiteral text: String) { self.init(text) }

    public var isEmpty: Bool { storage == .text("") }

    /// The text that it was made of.
    public var description: String {
        switch storage {
        case .text(let text): text
        case .uuid(let bits): bits.text
        }
    }
}

/// In dumps it is its text.
extension ObjectUID: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description.debugDescription }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
