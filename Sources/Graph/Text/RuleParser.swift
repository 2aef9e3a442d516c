/// Reads what is indented below a `rule` line.
enum RuleParser {
    static func rule(id: String, _ line: Line) throws(GraphTextError) -> Rule {
        var action: Action?
        var filters: [FilterSpec] = []
        var timeouts = Timeouts()
        var retry: Retry?
        var hedge: Hedge?
        var sessions: EndpointPersistence?
        var balancer: RuleBalancer?
        var unsealed = Unsealed.served
        for child in line.children {
            if let filter = try filter(child) {
                filters.append(filter)
                continue
            }
            var cursor = LineCursor(child)
            switch try cursor.word("a filter, timeout, retry, hedge, sessions, balancer or an action") {
            case "unsealed":
                unsealed = try cursor.value("redirected or never") {
                    $0 == "redirected" ? .redirected : $0 == "never" ? .never : nil
                }
                try cursor.endOfLeaf()
            case "timeout": timeouts = try self.timeouts(&cursor)
            case "retry": retry = try self.retry(&cursor)
            case "hedge": hedge = try self.hedge(&cursor)
            case "sessions":
                sessions = try EndpointPersistence(&cursor)
                if sessions == nil { throw cursor.error("Expected cookie or header with a name.") }
                try cursor.endOfLeaf()
            case "balancer":
                balancer = try RuleBalancer(&cursor)
                try cursor.endOfLeaf()
            default:
                if action != nil { throw child.error("A rule has one action; this line is a second one.") }
                action = try self.action(child)
            }
        }
        guard let action else { throw line.error("This rule lacks an action: forward, redirect, respond or fail.") }
        return Rule(
            id: id, action: action, filters: filters, timeouts: timeouts, retry: retry, hedge: hedge, sessions: sessions,
            balancer: balancer, unsealed: unsealed)
    }

    // MARK: Filters

    /// nil when the line is no filter.
    private static func filter(_ line: Line) throws(GraphTextError) -> FilterSpec? {
        var cursor = LineCursor(line)
        let filter: FilterSpec
        if cursor.take("request-headers") {
            filter = .requestHeaders(try headerEdits(&cursor))
        } else if cursor.take("response-headers") {
            filter = .responseHeaders(try headerEdits(&cursor))
        } else if cursor.take("rewrite") {
            var rewrite = Rewrite()
            if cursor.take("host") { rewrite.hostname = try cursor.word("a hostname") }
            rewrite.path = try pathRewrite(&cursor)
            filter = .rewrite(rewrite)
        } else if cursor.take("mirror") {
            filter = .mirror(try Mirror(&cursor))
        } else if cursor.take("deprecated") {
            filter = .deprecation(try Deprecation(&cursor))
        } else {
            return nil
        }
        try cursor.endOfLeaf()
        return filter
    }

    private static func headerEdits(_ cursor: inout LineCursor) throws(GraphTextError) -> HeaderEdits {
        var edits = HeaderEdits()
        while cursor.take("set") { edits.set.append(.init(name: try cursor.word("a name"), value: try cursor.word("a value"))) }
        while cursor.take("add") { edits.add.append(.init(name: try cursor.word("a name"), value: try cursor.word("a value"))) }
        while cursor.take("remove") { edits.remove.append(try cursor.word("a name")) }
        return edits
    }

    private static func pathRewrite(_ cursor: inout LineCursor) throws(GraphTextError) -> PathRewrite? {
        guard cursor.take("path") else { return nil }
        let before = cursor
        switch try cursor.word("full, prefix or regex") {
        case "full": return .replaceFull(try cursor.word("a path"))
        case "prefix": return .replacePrefix(try cursor.word("a path"))
        case "regex": return .replaceRegex(pattern: try cursor.word("a pattern"), substitution: try cursor.word("a substitution"))
        default: throw before.error("Expected full, prefix or regex.")
        }
    }

    // MARK: Timeouts and retries

    private static func timeouts(_ cursor: inout LineCursor) throws(GraphTextError) -> Timeouts {
        var timeouts = Timeouts()
        if cursor.take("request") { timeouts.request = try cursor.duration("a duration") }
        if cursor.take("try") { timeouts.backendRequest = try cursor.duration("a duration") }
        if cursor.take("idle") { timeouts.streamIdle = try cursor.duration("a duration") }
        try cursor.endOfLeaf()
        return timeouts
    }

    private static func retry(_ cursor: inout LineCursor) throws(GraphTextError) -> Retry {
        var retry = Retry(attempts: try cursor.integer("a number of retries"))
        if cursor.take("codes") {
            retry.codes = try cursor.value("status codes such as 502,503") { word -> [Int]? in
                let codes = word.split(separator: ",", omittingEmptySubsequences: false).map { Number.parse($0) }
                return codes.contains(nil) ? nil : codes.compactMap { $0 }
            }
        }
        if cursor.take("backoff") { retry.backoff = try cursor.duration("a duration") }
        if cursor.take("budget") {
            retry.budgetPercent = try percentage(&cursor)
        }
        try cursor.endOfLeaf()
        return retry
    }

    private static func hedge(_ cursor: inout LineCursor) throws(GraphTextError) -> Hedge {
        let hedge = Hedge(after: try cursor.duration("a duration"), maxPercent: try percentage(&cursor))
        try cursor.endOfLeaf()
        return hedge
    }

    private static func percentage(_ cursor: inout LineCursor) throws(GraphTextError) -> Int {
        try cursor.value("a whole percentage") { $0.hasSuffix("%") ? Number.parse($0.dropLast()) : nil }
    }

    // MARK: Actions

    private static func action(_ line: Line) throws(GraphTextError) -> Action {
        var cursor = LineCursor(line)
        if cursor.take("forward") { return .forward(try split(&cursor)) }
        let action: Action
        if cursor.take("redirect") {
            action = .redirect(try redirect(&cursor))
        } else if cursor.take("respond") {
            var response = DirectResponse(status: try cursor.integer("a status"))
            if cursor.take("type") { response.contentType = try cursor.word("a content type") }
            if cursor.take("body") { response.body = try cursor.word("a body") }
            action = .respond(response)
        } else if cursor.take("fail") {
            action = .fail(reason: try cursor.word("a reason"))
        } else {
            throw line.error(
                "Unknown line in a rule; expected a filter, timeout, retry, hedge, sessions, balancer, forward, redirect, respond or fail."
            )
        }
        try cursor.endOfLeaf()
        return action
    }

    private static func redirect(_ cursor: inout LineCursor) throws(GraphTextError) -> Redirect {
        var redirect = Redirect(status: try cursor.integer("a status"))
        if cursor.take("scheme") { redirect.scheme = try cursor.word("a scheme") }
        if cursor.take("host") { redirect.hostname = try cursor.word("a hostname") }
        if cursor.take("port") { redirect.port = try cursor.value("a port") { Number.parse($0).flatMap(UInt16.init(exactly:)) } }
        redirect.path = try pathRewrite(&cursor)
        return redirect
    }

    private static func split(_ cursor: inout LineCursor) throws(GraphTextError) -> Split {
        var split = Split(arms: [])
        if cursor.take("active") { split.activeArm = try cursor.word("an arm's name") }
        split.isForced = cursor.take("forced")
        if cursor.take("persist") {
            let kind: SessionPersistence.Kind = try cursor.choice("a kind")
            split.persistence = SessionPersistence(kind: kind, name: try cursor.word("a name"))
            if cursor.take("for") { split.persistence?.absoluteTimeout = try cursor.duration("a duration") }
        }
        if cursor.take("to") {
            split.arms = [Arm(name: "default", weight: 1, backends: [Backend(target: try target(&cursor))])]
            try cursor.endOfLeaf()
            return split
        }
        try cursor.end()
        var lines = cursor.line.children[...]
        while let line = lines.first, !line.tokens[0].isQuoted, line.tokens[0].text == "override" {
            split.overrides.append(try override(line))
            lines.removeFirst()
        }
        if lines.first?.tokens.first?.text == "backend" {
            split.arms = [Arm(name: "default", weight: 1, backends: try backends(lines))]
            return split
        }
        for line in lines {
            var cursor = LineCursor(line)
            try cursor.expect("arm")
            let name = try cursor.word("an arm's name")
            let weight = try cursor.integer("a weight")
            try cursor.end()
            split.arms.append(Arm(name: name, weight: weight, backends: try backends(line.children)))
        }
        return split
    }

    private static func override(_ line: Line) throws(GraphTextError) -> ArmOverride {
        var cursor = LineCursor(line)
        try cursor.expect("override")
        var override = ArmOverride(arm: try cursor.word("an arm's name"))
        while cursor.take("header") { override.headers.append(try GraphParser.named(&cursor)) }
        while cursor.take("cookie") { override.cookies.append(try GraphParser.named(&cursor)) }
        try cursor.endOfLeaf()
        return override
    }

    private static func backends(_ lines: some Sequence<Line>) throws(GraphTextError) -> [Backend] {
        var backends: [Backend] = []
        for line in lines {
            var cursor = LineCursor(line)
            try cursor.expect("backend")
            var backend = Backend(target: try target(&cursor))
            if cursor.take("weight") { backend.weight = try cursor.integer("a weight") }
            try cursor.end()
            for child in line.children {
                guard let filter = try filter(child) else { throw child.error("Only filters may be indented below a backend.") }
                backend.filters.append(filter)
            }
            backends.append(backend)
        }
        return backends
    }

    private static func target(_ cursor: inout LineCursor) throws(GraphTextError) -> Backend.Target {
        if cursor.take("missing") { return .missing(reason: try cursor.word("a reason")) }
        return .cluster(try cursor.word("a cluster's name"))
    }
}
