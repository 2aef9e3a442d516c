extension Value {
    /// The document as block-style YAML, as `kubectl get -o yaml` prints it (without `---`).
    public var yaml: String {
        var writer = YAMLWriter()
        writer.write(self, indent: 0, afterKey: false)
        if writer.out.last != "\n" { writer.out += "\n" }
        return writer.out
    }
}

private struct YAMLWriter {
    var out = ""

    mutating func write(_ value: Value, indent: Int, afterKey: Bool) {
        switch value {
        case .object(let fields) where !fields.isEmpty: write(fields, indent: indent, afterKey: afterKey)
        case .array(let elements) where !elements.isEmpty: write(elements, indent: indent, afterKey: afterKey)
        default:
            if afterKey { out += " " }
            write(scalar: value, indent: indent)
        }
    }

    private mutating func write(_ fields: Value.Fields, indent: Int, afterKey: Bool) {
        if afterKey { out += "\n" }
        for (i, entry) in fields.entries.enumerated() {
            // The first member of a list's element stands on the dash's line.
            if i > 0 || afterKey { pad(indent) }
            writeKey(entry.key, indent: indent)
            let isList = entry.value.array != nil
            write(entry.value, indent: isList ? indent : indent + 2, afterKey: true)
            if out.last != "\n" { out += "\n" }
        }
    }

    /// A key of more than 1024 characters is no simple key (YAML 1.1 section 9.1.3): it gets its `?`.
    private mutating func writeKey(_ key: String, indent: Int) {
        let start = out.utf8.count
        write(string: key, indent: indent, mayBlock: false)
        if out.utf8.count - start > 1000 {
            out.insert(contentsOf: "? ", at: out.utf8.index(out.startIndex, offsetBy: start))
            out += "\n"
            pad(indent)
        }
        out += ":"
    }

    private mutating func write(_ elements: [Value], indent: Int, afterKey: Bool) {
        if afterKey { out += "\n" }
        for (i, element) in elements.enumerated() {
            if i > 0 || afterKey { pad(indent) }
            out += "- "
            write(element, indent: indent + 2, afterKey: false)
            if out.last != "\n" { out += "\n" }
        }
    }

    private mutating func write(scalar value: Value, indent: Int) {
        switch value {
        case .string(let text): write(string: text, indent: indent, mayBlock: true)
        case .object: out += "{}"
        case .array: out += "[]"
        default: out += value.jsonText
        }
    }

    private mutating func write(string text: String, indent: Int, mayBlock: Bool) {
        if mayBlock, isBlock(text) {
            out += text.hasSuffix("\n") ? (text.hasSuffix("\n\n") || text == "\n" ? "|+\n" : "|\n") : "|-\n"
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            if text.hasSuffix("\n") { lines.removeLast() }
            for line in lines {
                // Indented at the root too, where `---` would end the document.
                if !line.isEmpty { pad(max(2, indent)) }
                out += line + "\n"
            }
        } else if YAMLScalar.needsQuotes(text) {
            out += quoted(text)
        } else {
            out += text
        }
    }

    /// JSON's escapes are YAML's; what only YAML cannot hold as it is must be escaped as well.
    private func quoted(_ text: String) -> String {
        var quoted = String.UnicodeScalarView()
        for scalar in Value.string(text).jsonText.unicodeScalars {
            if YAMLScalar.mustEscape(scalar) {
                quoted.append(contentsOf: ("\\u" + hex4(scalar)).unicodeScalars)
            } else {
                quoted.append(scalar)
            }
        }
        return String(quoted)
    }

    private func hex4(_ scalar: UnicodeScalar) -> String {
        let hex = String(scalar.value, radix: 16)
        return String(repeating: "0", count: 4 - hex.count) + hex
    }

    /// Several lines of ordinary text read best as they are.
    private func isBlock(_ text: String) -> Bool {
        text.utf8.contains(0x0a) && text.utf8.first != 0x0a && text.utf8.first != 0x20
            && !text.unicodeScalars.contains { YAMLScalar.mustEscape($0) && $0 != "\n" }
    }

    private mutating func pad(_ count: Int) { out += String(repeating: " ", count: count) }
}
