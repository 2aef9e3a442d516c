import Documents

/// RFC 6901: names a part of a document by the members and indexes that lead to it.
struct JSONPointer: Equatable {
    let tokens: [String]

    init(_ text: String) throws(PatchError) {
        guard text.isEmpty || text.hasPrefix("/") else { throw .malformed("the JSON pointer \"\(text)\" must begin with '/'") }
        tokens = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map { Self.unescaped($0) }
    }

    /// `~1` stands for '/', `~0` for '~'; the order of the two replacements matters (section 4).
    private static func unescaped(_ token: Substring) -> String {
        guard token.contains("~") else { return String(token) }
        var text = ""
        var rest = token
        while let c = rest.popFirst() {
            switch (c, rest.first) {
            case ("~", "1"):
                text.append("/")
                rest.removeFirst()
            case ("~", "0"):
                text.append("~")
                rest.removeFirst()
            default: text.append(c)
            }
        }
        return text
    }

    func isProperPrefix(of other: JSONPointer) -> Bool {
        tokens.count < other.tokens.count && other.tokens.starts(with: tokens)
    }

    var text: String {
        tokens.map { token in
            "/" + token.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }.joined()
        }.joined()
    }
}
