// `mirror CLUSTER SHARE [timeout TIME] [compare WHAT…]`, where a share is `5%` or `1/3`, and what is compared `status`, `latency`, `body` or
// `header NAME`.
extension Mirror {
    var words: String {
        var words = "mirror \(Word.text(cluster)) \(share.word)"
        if let timeout { words += " timeout \(DurationText.print(timeout))" }
        guard !comparison.isEmpty else { return words }
        words += " compare"
        if comparison.status { words += " status" }
        if comparison.latency { words += " latency" }
        if comparison.body { words += " body" }
        return words + comparison.headers.map { " header \(Word.text($0))" }.joined()
    }

    /// Reads what stands behind `mirror`.
    init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init(
            cluster: try cursor.word("a cluster's name"),
            share: try cursor.value("a share such as 5% or 1/3") { Share(word: $0) })
        if cursor.take("timeout") { timeout = try cursor.duration("a duration") }
        guard cursor.take("compare") else { return }
        while true {
            if cursor.take("status") {
                comparison.status = true
            } else if cursor.take("latency") {
                comparison.latency = true
            } else if cursor.take("body") {
                comparison.body = true
            } else if cursor.take("header") {
                comparison.headers.append(try cursor.word("a field's name"))
            } else {
                return
            }
        }
    }
}

extension Mirror.Share {
    fileprivate var word: String {
        denominator == 10_000 ? Number.percent(hundredths: numerator) : "\(numerator)/\(denominator)"
    }

    fileprivate init?(word: some StringProtocol) {
        if word.hasSuffix("%") {
            guard let hundredths = Number.hundredths(percent: String(word)) else { return nil }
            self.init(hundredths: hundredths)
            return
        }
        let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { Number.parse(String($0)) }
        guard parts.count == 2, let numerator = parts[0], let denominator = parts[1], denominator > 0 else { return nil }
        self.init(numerator, of: denominator)
    }
}
