// `limits connections 10 pending 5 breaker 50% of 20 open 5s panic 50%`
extension ClusterProtection {
    /// Empty, or with a space before each word.
    var words: String {
        var words = limits == Limits() ? "" : " limits"
        for (word, number) in limits.named where number != nil { words += " \(word) \(number ?? 0)" }
        if let breaker {
            words += " breaker \(Number.percent(hundredths: breaker.share)) of \(breaker.minimum)"
            words += " open \(DurationText.print(breaker.open))"
        }
        if panicThreshold != 0 { words += " panic \(Number.percent(hundredths: panicThreshold))" }
        return words
    }

    init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init()
        if cursor.take("limits") { limits = try Limits(&cursor) }
        if cursor.take("breaker") { breaker = try Breaker(&cursor) }
        if cursor.take("panic") { panicThreshold = try cursor.share() }
    }
}

extension ClusterProtection.Limits {
    fileprivate var named: [(String, Int?)] {
        [("connections", connections), ("pending", pending), ("requests", requests), ("retries", retries)]
    }

    fileprivate init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init()
        if cursor.take("connections") { connections = try cursor.integer("a number of connections") }
        if cursor.take("pending") { pending = try cursor.integer("a number of requests") }
        if cursor.take("requests") { requests = try cursor.integer("a number of requests") }
        if cursor.take("retries") { retries = try cursor.integer("a number of retries") }
    }
}

extension ClusterProtection.Breaker {
    fileprivate init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init(share: try cursor.share())
        try cursor.expect("of")
        minimum = try cursor.integer("a number of tries")
        try cursor.expect("open")
        open = try cursor.duration("a duration")
    }
}

extension LineCursor {
    fileprivate mutating func share() throws(GraphTextError) -> Int {
        try value("a percentage such as 50%") { Number.hundredths(percent: $0) }
    }
}
