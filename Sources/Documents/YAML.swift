import CYAML

/// YAML streams as Kubernetes' tools read them: every document a JSON value, anchors and merge keys resolved, duplicate keys refused.
public enum YAML {
    /// Nodes that one stream may expand to. An alias counts its whole target each time ("billion laughs").
    public static let maximumNodes = 2_000_000

    /// Reads every document of a stream; empty documents (only comments, or nothing between two `---`) are left out.
    ///
    /// JSON is YAML here too, so one reader serves both. Errors name line and column.
    public static func documents(_ bytes: some Sequence<UInt8>, file: String = "") throws(DocumentError) -> [Located] {
        let bytes = Array(bytes)
        guard
            String(validating: bytes, as: UTF8.self) != nil || bytes.starts(with: [0xfe, 0xff])
                || bytes.starts(with: [0xff, 0xfe])
        else { throw invalidUTF8(bytes) }
        var composer = YAMLComposer(events: try YAMLEvents.all(in: bytes), file: file)
        return try composer.documents()
    }

    public static func documents(_ text: String, file: String = "") throws(DocumentError) -> [Located] {
        try documents(Array(text.utf8), file: file)
    }

    private static func invalidUTF8(_ bytes: [UInt8]) -> DocumentError {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        return DocumentError("the text is not valid UTF-8", line: bad + 1, column: 1)
    }
}

/// One event of libyaml's parser as a value.
struct YAMLEvent {
    enum Kind {
        case documentStart, documentEnd
        case alias(String)
        case scalar(String, isPlain: Bool, tag: String?)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }
    var kind: Kind
    var anchor: String?
    var line: Int
    var column: Int
}

/// Runs libyaml over a text: the only code that touches its memory.
enum YAMLEvents {
    static func all(in bytes: [UInt8]) throws(DocumentError) -> [YAMLEvent] {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else { throw DocumentError("out of memory", line: 1, column: 1) }
        defer { unsafe yaml_parser_delete(&parser) }
        let result: Result<[YAMLEvent], DocumentError> = unsafe bytes.withUnsafeBufferPointer { buffer in
            // libyaml reads from `buffer` only while this closure runs.
            unsafe yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            return unsafe drain(&parser, bytes)
        }
        return try result.get()
    }

    private static func drain(_ parser: inout yaml_parser_t, _ bytes: [UInt8]) -> Result<[YAMLEvent], DocumentError> {
        var events: [YAMLEvent] = []
        var depth = 0
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(&parser, &event) == 1 else { return unsafe .failure(problem(parser, bytes)) }
            defer { unsafe yaml_event_delete(&event) }
            if unsafe event.type == YAML_STREAM_END_EVENT { return .success(events) }
            guard let value = unsafe converted(event) else { continue }
            events.append(value)
            // Judged here, while the text is scanned: libyaml's time grows with length times depth of flow collections.
            switch value.kind {
            case .sequenceStart, .mappingStart: depth += 1
            case .sequenceEnd, .mappingEnd: depth -= 1
            default: break
            }
            if depth > Value.maximumDepth { return .failure(YAMLComposer.tooDeep(value)) }
        }
    }

    private static func problem(_ parser: yaml_parser_t, _ bytes: [UInt8]) -> DocumentError {
        let what = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "unreadable YAML"
        if unsafe parser.error == YAML_READER_ERROR {
            // A byte that may not stand in YAML at all: libyaml says only how many bytes it had read.
            let before = unsafe bytes.prefix(Int(clamping: parser.problem_offset))
            let column = before.count - (before.lastIndex(of: 0x0a) ?? -1)
            return DocumentError(what, line: before.reduce(1) { $1 == 0x0a ? $0 + 1 : $0 }, column: column)
        }
        let context = unsafe parser.context.map { unsafe " " + String(cString: $0) } ?? ""
        let mark = unsafe parser.problem_mark
        return DocumentError(what + context, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private static func converted(_ event: yaml_event_t) -> YAMLEvent? {
        func text(_ p: UnsafeMutablePointer<UInt8>?, _ count: Int) -> String {
            unsafe p.map { unsafe String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self) } ?? ""
        }
        func name(_ p: UnsafeMutablePointer<UInt8>?) -> String? { unsafe p.map { unsafe String(cString: $0) } }
        var anchor: String?
        let kind: YAMLEvent.Kind
        switch unsafe event.type {
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe name(event.data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT:
            anchor = unsafe name(event.data.sequence_start.anchor)
            kind = .sequenceStart
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            anchor = unsafe name(event.data.mapping_start.anchor)
            kind = .mappingStart
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            anchor = unsafe name(scalar.anchor)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            kind = unsafe .scalar(text(scalar.value, scalar.length), isPlain: isPlain, tag: name(scalar.tag))
        default: return nil
        }
        let mark = unsafe event.start_mark
        return YAMLEvent(kind: kind, anchor: anchor, line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
