// A cluster's detour, one line for each way, below the cluster and above its endpoints.
extension GraphPrinter {
    mutating func detour(_ detour: Detour) {
        for canary in detour.canaries {
            var words = "canary \(Word.text(canary.cluster)) \(Number.percent(hundredths: canary.share))"
            if let header = canary.header {
                words += " header \(Word.text(header.name)) = \(Word.text(header.value))"
                if let veto = header.veto { words += " unless \(Word.text(veto))" }
            }
            if !canary.arm.isEmpty { words += " arm \(Word.text(canary.arm))" }
            line(words)
        }
        if let count = detour.count {
            line("counted \(Word.text(count.rule))" + (count.own.isEmpty ? "" : " arm \(Word.text(count.own))"))
        }
        if let switchover = detour.switchover {
            line("switch \(Word.text(switchover.cluster))\(switchover.isForced ? " forced" : "")")
        }
    }
}

enum DetourParser {
    static func detour(_ lines: some Sequence<Line>) throws(GraphTextError) -> Detour {
        var detour = Detour()
        for line in lines {
            var cursor = LineCursor(line)
            if cursor.take("canary") {
                let cluster = try cursor.word("a cluster's name")
                let share = try cursor.value("a percentage such as 10%") { Number.hundredths(percent: $0) }
                let header = cursor.take("header") ? try header(&cursor) : nil
                let arm = cursor.take("arm") ? try cursor.word("an arm's name") : ""
                detour.canaries.append(.init(cluster, share: share, header: header, arm: arm))
            } else if cursor.take("counted") {
                let rule = try cursor.word("a name such as Service/shop/web")
                if detour.count != nil { throw line.error("Requests are counted under one name; this line is a second one.") }
                detour.count = .init(rule: rule, own: cursor.take("arm") ? try cursor.word("an arm's name") : "")
            } else {
                try cursor.expect("switch")
                let cluster = try cursor.word("a cluster's name")
                if detour.switchover != nil { throw line.error("A cluster is switched to one other; this line is a second one.") }
                detour.switchover = .init(cluster, isForced: cursor.take("forced"))
            }
            try cursor.endOfLeaf()
        }
        return detour
    }

    private static func header(_ cursor: inout LineCursor) throws(GraphTextError) -> Detour.Header {
        let name = try cursor.word("a field's name")
        try cursor.expect("=")
        var header = Detour.Header(name: name, value: try cursor.word("a value"))
        if cursor.take("unless") { header.veto = try cursor.word("a value") }
        return header
    }

    /// Whether a line below a cluster is of its detour; the others are its endpoints.
    static func isOfDetour(_ line: Line) -> Bool {
        line.tokens.first.map { !$0.isQuoted && ["canary", "counted", "switch"].contains($0.text) } ?? false
    }
}
