/// Reads the words of one line from left to right; every refusal names the place and what was expected.
struct LineCursor {
    let line: Line
    private var next = 0

    init(_ line: Line) { self.line = line }

    var isAtEnd: Bool { next == line.tokens.count }

    func error(_ message: String) -> GraphTextError {
        let last = line.tokens.last.map { $0.column + $0.text.utf8.count } ?? 1
        return line.error(message, at: isAtEnd ? last : line.tokens[next].column)
    }

    /// Takes the next word whatever it is.
    mutating func word(_ what: String) throws(GraphTextError) -> String {
        guard !isAtEnd, line.tokens[next].isQuoted || !["->", "=", "~"].contains(line.tokens[next].text) else {
            throw error("Expected \(what).")
        }
        next += 1
        return line.tokens[next - 1].text
    }

    /// Takes the next word if it is this keyword.
    mutating func take(_ keyword: String) -> Bool {
        guard !isAtEnd, !line.tokens[next].isQuoted, line.tokens[next].text == keyword else { return false }
        next += 1
        return true
    }

    mutating func expect(_ keyword: String) throws(GraphTextError) {
        if !take(keyword) { throw error("Expected `\(keyword)`.") }
    }

    mutating func value<T>(_ what: String, _ parse: (String) -> T?) throws(GraphTextError) -> T {
        let before = self
        let word = try word(what)
        guard let value = parse(word) else { throw before.error("Expected \(what), found `\(word)`.") }
        return value
    }

    mutating func integer(_ what: String) throws(GraphTextError) -> Int {
        try value(what) { Number.parse($0) }
    }

    mutating func duration(_ what: String) throws(GraphTextError) -> Duration {
        try value("\(what) such as 25ms or 15s", DurationText.parse)
    }

    /// One of the cases of an enumeration by their raw values.
    mutating func choice<T: CaseIterable & RawRepresentable>(_ what: String) throws(GraphTextError) -> T
    where T.RawValue == String {
        let all = T.allCases.map(\.rawValue).joined(separator: ", ")
        return try value("\(what) (\(all))") { T(rawValue: $0) }
    }

    mutating func end() throws(GraphTextError) {
        if !isAtEnd { throw error("Unexpected `\(line.tokens[next].text)`; the line should end here.") }
    }

    /// The line ends here and nothing may be indented below it.
    mutating func endOfLeaf() throws(GraphTextError) {
        try end()
        if let child = line.children.first { throw child.error("Nothing may be indented below this kind of line.") }
    }

    // MARK: Values of several words

    mutating func hostPattern() throws(GraphTextError) -> HostPattern {
        if take("=") { return .exact(try word("a hostname")) }
        return HostPattern(word: try word("a hostname"))
    }

    mutating func listenerKey() throws(GraphTextError) -> ListenerKey {
        let transport: Transport = try choice("a transport")
        let socket = try value("an address with port such as 0.0.0.0:8080") { SocketText(word: $0) }
        return ListenerKey(address: socket.address, port: socket.port, transport: transport)
    }
}
