extension GraphPrinter {
    mutating func body(of rule: Rule) {
        for filter in rule.filters { line(filter.words) }
        switch rule.unsealed {
        case .served: break
        case .redirected: line("unsealed redirected")
        case .never: line("unsealed never")
        }
        if rule.timeouts != Timeouts() { line(rule.timeouts.words) }
        if let retry = rule.retry { line(retry.words) }
        if let hedge = rule.hedge { line("hedge \(DurationText.print(hedge.after)) \(hedge.maxPercent)%") }
        if let sessions = rule.sessions { line("sessions \(sessions.words)") }
        if let own = rule.balancer { line(own.words) }
        switch rule.action {
        case .forward(let split): forward(split)
        case .redirect(let redirect): line(redirect.words)
        case .respond(let response): line(response.words)
        case .fail(let reason): line("fail \(Word.text(reason))")
        }
    }

    private mutating func forward(_ split: Split) {
        var words = "forward"
        if !split.activeArm.isEmpty { words += " active \(Word.text(split.activeArm))" }
        if split.isForced { words += " forced" }
        if let persistence = split.persistence { words += " \(persistence.words)" }
        // A plain list of backends needs no arm, and a single plain backend no line of its own.
        let plain =
            split.arms.count == 1 && split.arms[0].name == "default" && split.arms[0].weight == 1 ? split.arms[0].backends : []
        if let only = plain.first, plain.count == 1, only.weight == 1, only.filters.isEmpty, split.overrides.isEmpty {
            line("\(words) to \(only.target.words)")
            return
        }
        line(words)
        indented { printer in
            for override in split.overrides { printer.line(override.words) }
            if !plain.isEmpty { return printer.backends(plain) }
            for arm in split.arms {
                printer.line("arm \(Word.text(arm.name)) \(arm.weight)")
                printer.indented { $0.backends(arm.backends) }
            }
        }
    }

    private mutating func backends(_ backends: [Backend]) {
        for backend in backends {
            line("backend \(backend.target.words)\(backend.weight == 1 ? "" : " weight \(backend.weight)")")
            indented { printer in
                for filter in backend.filters { printer.line(filter.words) }
            }
        }
    }
}

extension Backend.Target {
    fileprivate var words: String {
        switch self {
        case .cluster(let id): Word.text(id, reserved: "missing")
        case .missing(let reason): "missing \(Word.text(reason))"
        }
    }
}

extension ArmOverride {
    fileprivate var words: String {
        "override \(Word.text(arm))" + headers.map { " header \($0.words)" }.joined()
            + cookies.map { " cookie \($0.words)" }.joined()
    }
}

extension SessionPersistence {
    fileprivate var words: String {
        "persist \(kind.rawValue) \(Word.text(name))" + (absoluteTimeout.map { " for \(DurationText.print($0))" } ?? "")
    }
}

extension FilterSpec {
    fileprivate var words: String {
        switch self {
        case .requestHeaders(let edits): "request-headers\(edits.words)"
        case .responseHeaders(let edits): "response-headers\(edits.words)"
        case .rewrite(let rewrite): "rewrite\(rewrite.words)"
        case .mirror(let mirror): mirror.words
        case .deprecation(let deprecation): deprecation.words
        }
    }
}

extension HeaderEdits {
    fileprivate var words: String {
        self.set.map { " set \(Word.text($0.name)) \(Word.text($0.value))" }.joined()
            + add.map { " add \(Word.text($0.name)) \(Word.text($0.value))" }.joined()
            + remove.map { " remove \(Word.text($0))" }.joined()
    }
}

extension Rewrite {
    fileprivate var words: String {
        (hostname.map { " host \(Word.text($0))" } ?? "") + (path?.words ?? "")
    }
}

extension PathRewrite {
    fileprivate var words: String {
        switch self {
        case .replaceFull(let path): " path full \(Word.text(path))"
        case .replacePrefix(let path): " path prefix \(Word.text(path))"
        case .replaceRegex(let pattern, let substitution): " path regex \(Word.text(pattern)) \(Word.text(substitution))"
        }
    }
}

extension Redirect {
    fileprivate var words: String {
        var words = "redirect \(status)"
        if let scheme { words += " scheme \(Word.text(scheme))" }
        if let hostname { words += " host \(Word.text(hostname))" }
        if let port { words += " port \(port)" }
        if let path { words += path.words }
        return words
    }
}

extension DirectResponse {
    fileprivate var words: String {
        var words = "respond \(status)"
        if let contentType { words += " type \(Word.text(contentType))" }
        if !body.isEmpty { words += " body \(Word.text(body))" }
        return words
    }
}

extension Timeouts {
    fileprivate var words: String {
        var words = "timeout"
        if let request { words += " request \(DurationText.print(request))" }
        if let backendRequest { words += " try \(DurationText.print(backendRequest))" }
        if let streamIdle { words += " idle \(DurationText.print(streamIdle))" }
        return words
    }
}

extension Retry {
    fileprivate var words: String {
        var words = "retry \(attempts)"
        if !codes.isEmpty { words += " codes \(codes.map(String.init).joined(separator: ","))" }
        return words + " backoff \(DurationText.print(backoff)) budget \(budgetPercent)%"
    }
}
