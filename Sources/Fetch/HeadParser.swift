/// Collects the header lines that libcurl passes on, one by one, into the head of the final response.
struct HeadParser {
    private var status = 0
    private var version = ""
    private var headers: [Header] = []
    private var isDelivered = false

    /// The head, once, when its last line came. Interim (1xx) heads are dropped (RFC 9110 section 15.2), and so are trailers.
    mutating func line(_ raw: String) -> ResponseHead? {
        guard !isDelivered else { return nil }
        let line = raw.trimmingLineEnd()
        if line.hasPrefix("HTTP/") {
            let parts = line.dropFirst(5).split(separator: " ", maxSplits: 2)
            version = parts.first.map(String.init) ?? ""
            status = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
            headers = []
            return nil
        }
        guard line.isEmpty else {
            if let colon = line.firstIndex(of: ":") {
                headers.append(Header(String(line[..<colon]), line[line.index(after: colon)...].trimmingBlanks()))
            }
            return nil
        }
        guard status >= 200 else { return nil }
        isDelivered = true
        return ResponseHead(status: status, headers: headers, version: version)
    }
}

extension String {
    fileprivate func trimmingLineEnd() -> Substring {
        var end = unicodeScalars.endIndex
        while end > unicodeScalars.startIndex {
            let before = unicodeScalars.index(before: end)
            guard unicodeScalars[before] == "\r" || unicodeScalars[before] == "\n" else { break }
            end = before
        }
        return self[..<end]
    }
}

extension Substring {
    fileprivate func trimmingBlanks() -> String {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }
}
