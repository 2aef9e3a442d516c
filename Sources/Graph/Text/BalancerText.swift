// `balancer maglev header x-user`
extension RuleBalancer {
    var words: String { "balancer \(balancer.rawValue)" + (balancer == .maglev ? " \(hashKey.words)" : "") }

    /// Behind the word `balancer`.
    init(_ cursor: inout LineCursor) throws(GraphTextError) {
        self.init(try cursor.choice("a balancer"))
        if balancer == .maglev { hashKey = try Cluster.HashKey(&cursor) }
    }
}

extension Cluster.HashKey {
    var words: String {
        switch self {
        case .address: "address"
        case .header(let name): "header \(Word.text(name))"
        case .cookie(let name): "cookie \(Word.text(name))"
        case .query(let name): "query \(Word.text(name))"
        }
    }

    init(_ cursor: inout LineCursor) throws(GraphTextError) {
        if cursor.take("header") {
            self = .header(try cursor.word("a header's name"))
        } else if cursor.take("cookie") {
            self = .cookie(try cursor.word("a cookie's name"))
        } else if cursor.take("query") {
            self = .query(try cursor.word("a parameter's name"))
        } else {
            guard cursor.take("address") else { throw cursor.error("Expected address, or header, cookie or query with a name.") }
            self = .address
        }
    }
}
