// `sessions 0123456789abcdef0123456789abcdef cookie cart for 1h permanent`
extension ClusterSessions {
    var words: String { "sessions \(salt.word)" + (persistence.map { " \($0.words)" } ?? "") }

    init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init(salt: try cursor.value("32 hexadecimal digits") { Salt(word: $0) })
        persistence = try EndpointPersistence(&cursor)
    }
}

extension EndpointPersistence {
    var words: String {
        "\(kind.rawValue) \(Word.text(name))" + (absoluteTimeout.map { " for \(DurationText.print($0))" } ?? "")
            + (isPermanent ? " permanent" : "")
    }

    /// nil when the next word is something else.
    init?(_ cursor: inout LineCursor) throws(GraphTextError) {
        if cursor.take("cookie") {
            self.init(kind: .cookie, name: try cursor.word("a cookie's name"))
        } else if cursor.take("header") {
            self.init(kind: .header, name: try cursor.word("a header's name"))
        } else {
            return nil
        }
        if cursor.take("for") { absoluteTimeout = try cursor.duration("a duration") }
        isPermanent = cursor.take("permanent")
    }
}
