/// Goes through the cookies of one name, in all Cookie fields of a head, in their order (RFC 6265 section 5.4).
public struct CookieCursor: Sendable {
    private var field = 0
    private var offset = 0

    @inlinable public init() {}

    /// Where the next one's value lies in the head's bytes, blanks around it aside; nil when there is none.
    public mutating func next(_ name: borrowing Span<UInt8>, in head: borrowing RequestHead) -> Range<Int>? {
        while field < head.fields.count {
            if head.fields[field].kind == .cookie {
                let start = Int(head.fields[field].value)
                if let found = pair(name, head.value(field)) { return (start &+ found.lowerBound)..<(start &+ found.upperBound) }
            }
            field &+= 1
            offset = 0
        }
        return nil
    }

    private mutating func pair(_ name: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>) -> Range<Int>? {
        while offset < text.count {
            var end = offset
            while end < text.count && text[end] != UInt8(ascii: ";") { end &+= 1 }
            let found = Self.value(name, text, offset, end)
            offset = end &+ 1
            if let found { return found }
        }
        return nil
    }

    /// Where the value lies in `name=value`; nil for other names.
    private static func value(_ name: borrowing Span<UInt8>, _ text: borrowing Span<UInt8>, _ start: Int, _ end: Int) -> Range<
        Int
    >? {
        var from = start
        while from < end && isBlank(text[from]) { from &+= 1 }
        let value = from &+ name.count
        guard value < end, text[value] == UInt8(ascii: "=") else { return nil }
        for i in name.indices where text[from &+ i] != name[i] { return nil }
        var to = end
        while to > value &+ 1 && isBlank(text[to &- 1]) { to &-= 1 }
        return (value &+ 1)..<to
    }

    private static func isBlank(_ character: UInt8) -> Bool { character == 32 || character == 9 }
}
