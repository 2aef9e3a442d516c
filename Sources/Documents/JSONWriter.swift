extension Value {
    /// The document as compact JSON.
    public var json: [UInt8] {
        var writer = JSONWriter(indent: nil)
        writer.write(self, level: 0)
        return writer.out
    }

    /// The document as JSON for people: two spaces a level, a newline at the end, as kubectl prints it.
    public var prettyJSON: String {
        var writer = JSONWriter(indent: 2)
        writer.write(self, level: 0)
        writer.out.append(0x0a)
        return String(decoding: writer.out, as: UTF8.self)
    }

    public var jsonText: String { String(decoding: json, as: UTF8.self) }
}

struct JSONWriter {
    var out: [UInt8] = []
    let indent: Int?

    init(indent: Int?) { self.indent = indent }

    mutating func write(_ value: Value, level: Int) {
        switch value {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let b): out.append(contentsOf: (b ? "true" : "false").utf8)
        case .integer(let i): out.append(contentsOf: String(i).utf8)
        case .number(let d): write(number: d)
        case .string(let s): write(string: s)
        case .array(let elements): write(elements, level: level)
        case .object(let fields): write(fields, level: level)
        }
    }

    private mutating func write(_ elements: [Value], level: Int) {
        out.append(UInt8(ascii: "["))
        for (i, element) in elements.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            newline(level + 1)
            write(element, level: level + 1)
        }
        if !elements.isEmpty { newline(level) }
        out.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ fields: Value.Fields, level: Int) {
        out.append(UInt8(ascii: "{"))
        for (i, entry) in fields.entries.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            newline(level + 1)
            write(string: entry.key)
            out.append(UInt8(ascii: ":"))
            if indent != nil { out.append(0x20) }
            write(entry.value, level: level + 1)
        }
        if !fields.isEmpty { newline(level) }
        out.append(UInt8(ascii: "}"))
    }

    private mutating func newline(_ level: Int) {
        guard let indent else { return }
        out.append(0x0a)
        out.append(contentsOf: repeatElement(0x20, count: indent * level))
    }

    /// JSON has no infinities; a value built in code that holds one is written as null rather than as no JSON at all.
    private mutating func write(number d: Double) {
        guard d.isFinite else { return out.append(contentsOf: "null".utf8) }
        if let whole = Int64(exactly: d), whole.magnitude < 1 << 53 {
            out.append(contentsOf: String(whole).utf8)
        } else {
            out.append(contentsOf: "\(d)".utf8)
        }
    }

    mutating func write(string s: String) {
        out.append(UInt8(ascii: "\""))
        for c in s.utf8 {
            switch c {
            case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
            case 0x0a: out.append(contentsOf: "\\n".utf8)
            case 0x0d: out.append(contentsOf: "\\r".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let hex = String(c, radix: 16)
                out.append(contentsOf: ("\\u00" + (hex.count < 2 ? "0" : "") + hex).utf8)
            default: out.append(c)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
