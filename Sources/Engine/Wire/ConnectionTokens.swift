import HTTP

/// The field names that Connection lists: hop-by-hop for this message (RFC 9110 section 7.6.1).
enum ConnectionTokens {
    /// Whether a Connection field of the head names `name`.
    static func name(_ name: borrowing Span<UInt8>, _ bytes: borrowing Span<UInt8>, _ fields: borrowing Span<FieldLine>) -> Bool {
        for i in fields.indices where fields[i].kind == .connection {
            let start = Int(fields[i].value)
            if lists(bytes.extracting(start..<(start &+ Int(fields[i].valueLength))), name) { return true }
        }
        return false
    }

    private static func lists(_ value: borrowing Span<UInt8>, _ name: borrowing Span<UInt8>) -> Bool {
        var i = 0
        while i < value.count {
            while i < value.count && isSeparator(value[i]) { i &+= 1 }
            let token = i
            while i < value.count && !isSeparator(value[i]) { i &+= 1 }
            if i &- token == name.count && same(value, token, name) { return true }
        }
        return false
    }

    private static func isSeparator(_ c: UInt8) -> Bool { c == 32 || c == 9 || c == 44 }

    private static func same(_ value: borrowing Span<UInt8>, _ start: Int, _ name: borrowing Span<UInt8>) -> Bool {
        for i in name.indices where ASCII.lower(value[start &+ i]) != ASCII.lower(name[i]) { return false }
        return true
    }
}
