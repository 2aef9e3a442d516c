/// Builds values from parser events: anchors, aliases, merge keys, duplicate keys, and the line of every part.
struct YAMLComposer {
    private let events: [YAMLEvent]
    private let file: String
    private var at = 0
    private var nodes = 0
    private var anchors: [String: Anchor] = [:]
    /// Depth of the deepest node since the start of the node that is being read.
    private var deepest = 0
    private var lines: [FieldPath: Int] = [:]

    /// What an alias stands for, and what it costs each time: nodes, and levels below its own.
    private struct Anchor {
        var value: Value
        var nodes: Int
        var height: Int
    }

    init(events: [YAMLEvent], file: String) {
        self.events = events
        self.file = file
    }

    mutating func documents() throws(DocumentError) -> [Located] {
        var found: [Located] = []
        while at < events.count {
            guard case .documentStart = events[at].kind else {
                at += 1
                continue
            }
            at += 1
            anchors = [:]
            lines = [:]
            let line = events[at].line
            let value = try node(.root, depth: 0)
            if !value.isNull { found.append(Located(value: value, file: file, line: line, lines: lines)) }
        }
        return found
    }

    private mutating func node(_ path: FieldPath, depth: Int) throws(DocumentError) -> Value {
        let event = events[at]
        let outerDeepest = deepest
        deepest = depth
        defer { deepest = max(deepest, outerDeepest) }
        let before = nodes
        try count(1, event)
        lines[path] = event.line
        at += 1
        let value: Value
        switch event.kind {
        case .alias(let name):
            guard let target = anchors[name] else { throw error("the alias *\(name)* names no anchor before it", event) }
            try count(target.nodes, event)
            // Aliases of aliases make a value deeper than any text; whoever walks it must not run out of stack.
            deepest = depth + target.height
            guard deepest <= Value.maximumDepth else { throw Self.tooDeep(event) }
            return target.value
        case .scalar(let text, let isPlain, let tag):
            value = try YAMLScalar.value(text, isPlain: isPlain, tag: tag, at: event)
        case .sequenceStart: value = try sequence(path, depth: depth)
        case .mappingStart: value = try mapping(path, depth: depth)
        case .documentStart, .documentEnd, .sequenceEnd, .mappingEnd: return .null
        }
        if let anchor = event.anchor { anchors[anchor] = Anchor(value: value, nodes: nodes - before, height: deepest - depth) }
        return value
    }

    private mutating func sequence(_ path: FieldPath, depth: Int) throws(DocumentError) -> Value {
        var elements: [Value] = []
        while true {
            if case .sequenceEnd = events[at].kind { break }
            elements.append(try node(path[elements.count], depth: depth + 1))
        }
        at += 1
        return .array(elements)
    }

    private mutating func mapping(_ path: FieldPath, depth: Int) throws(DocumentError) -> Value {
        var fields = Value.Fields()
        var merged: [Value] = []
        while true {
            let event = events[at]
            if case .mappingEnd = event.kind { break }
            let (key, isMerge) = try self.key()
            if isMerge {
                merged += try mergeSources(try node(path["<<"], depth: depth + 1), event)
                continue
            }
            guard fields[key] == nil else { throw error("the key \"\(key)\" stands twice in one mapping; remove one", event) }
            fields[key] = try node(path[key], depth: depth + 1)
            lines[path[key]] = event.line
        }
        at += 1
        // Own keys win over merged ones, earlier sources over later ones (YAML merge key, version 1.1).
        for source in merged {
            for entry in source.object?.entries ?? [] where fields[entry.key] == nil { fields[entry.key] = entry.value }
        }
        return .object(fields)
    }

    private mutating func key() throws(DocumentError) -> (String, isMerge: Bool) {
        let event = events[at]
        at += 1
        try count(1, event)
        switch event.kind {
        case .scalar(let text, let isPlain, _):
            if let anchor = event.anchor { anchors[anchor] = Anchor(value: .string(text), nodes: 1, height: 0) }
            return (text, isPlain && text == "<<")
        case .alias(let name):
            guard let text = anchors[name]?.value.string else { throw error("a key must be a string", event) }
            return (text, false)
        default: throw error("a key must be a string, not a list or mapping", event)
        }
    }

    private func mergeSources(_ value: Value, _ event: YAMLEvent) throws(DocumentError) -> [Value] {
        let sources = value.array ?? [value]
        guard sources.allSatisfy({ $0.object != nil }) else { throw error("<< takes a mapping or a list of mappings", event) }
        return sources
    }

    private mutating func count(_ n: Int, _ event: YAMLEvent) throws(DocumentError) {
        nodes += n
        guard nodes <= YAML.maximumNodes else { throw error("aliases expand to more than \(YAML.maximumNodes) nodes", event) }
    }

    static func tooDeep(_ event: YAMLEvent) -> DocumentError {
        DocumentError("nested deeper than \(Value.maximumDepth) levels", line: event.line, column: event.column)
    }

    private func error(_ message: String, _ event: YAMLEvent) -> DocumentError {
        DocumentError(message, line: event.line, column: event.column)
    }
}
