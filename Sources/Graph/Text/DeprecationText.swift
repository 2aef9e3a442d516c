import Base

// `deprecated [since TIME] [sunset TIME] [gone] [link URL] [successor URL] [brown-out TIME TIME STATUS SHARE…]`, where times are RFC 3339.
extension Deprecation {
    var words: String {
        var words = "deprecated"
        if let since { words += " since \(Word.text(CivilTime.rfc3339(since)))" }
        if let sunset { words += " sunset \(Word.text(CivilTime.rfc3339(sunset)))" }
        if endsAtSunset { words += " gone" }
        if let link { words += " link \(Word.text(link))" }
        if let successor { words += " successor \(Word.text(successor))" }
        for one in brownOuts {
            let times = [one.from, one.to].map { Word.text(CivilTime.rfc3339($0)) }.joined(separator: " ")
            words += " brown-out \(times) \(one.status) \(Number.percent(hundredths: one.share))"
        }
        return words
    }

    /// Reads what stands behind `deprecated`.
    init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init()
        if cursor.take("since") { since = try Self.time(&cursor) }
        if cursor.take("sunset") { sunset = try Self.time(&cursor) }
        endsAtSunset = cursor.take("gone")
        if cursor.take("link") { link = try cursor.word("an address") }
        if cursor.take("successor") { successor = try cursor.word("an address") }
        while cursor.take("brown-out") {
            brownOuts.append(
                BrownOut(
                    from: try Self.time(&cursor), to: try Self.time(&cursor), status: try cursor.integer("a status"),
                    share: try cursor.value("a percentage such as 5%") { Number.hundredths(percent: $0) }))
        }
    }

    private static func time(_ cursor: inout LineCursor) throws(GraphTextError) -> Int64 {
        try cursor.value("a time such as 2026-11-01T00:00:00Z") { CivilTime.seconds(rfc3339: $0) }
    }
}
