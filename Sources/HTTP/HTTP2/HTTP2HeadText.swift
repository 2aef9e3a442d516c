import Base

/// Writes the fields of a header block as the text that HTTP/1 would have sent, so that one parser judges both.
///
/// What could make the text read differently from the fields is refused: a blank in the target here, a colon or blank in a name and a line end in
/// a value by `HTTP2Stage`; nghttp2 has refused most of it before.
struct HTTP2HeadText {
    /// Offset behind what was written.
    private(set) var end: Int
    private(set) var defect: HeadDefect?

    init(at start: Int) { end = start }

    // MARK: Requests

    static func request(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, at start: Int) -> (HTTP2Head, end: Int) {
        var head = HTTP2Head(text: start..<start)
        let tally = stage.tally
        let count = tally.count &- tally.pseudoFields &+ 1
        let isOutlined = tally.isPlain && tally.protocolName < 0 && count <= mostOutlined
        let textStart = isOutlined ? start &+ count &* MemoryLayout<FieldLine>.stride : start
        var w = HTTP2HeadText(at: textStart)
        w.defect = tally.defect
        if tally.scheme >= 0 { w.scheme(stage.bytes[stage.value(Int(tally.scheme))], &head) }
        if w.defect == nil { w.requestLine(tally, &head, stage, text) }
        if w.defect == nil {
            if isOutlined {
                w.outline(stage, text, start, textStart)
                head.outline = Int32(truncatingIfNeeded: count)
            }
            if tally.isPlain {
                w.end = text.write(stage.bytes[stage.lines], at: w.end)
            } else {
                w.fields(stage, text, isResponse: false)
                w.cookies(stage, text)
            }
        }
        head.defect = w.defect
        guard w.defect == nil else { return (head, start) }
        w.end = text.write("\r\n", at: w.end)
        head.text = textStart..<w.end
        return (head, w.end)
    }

    /// Heads of more fields are parsed.
    static let mostOutlined = 32

    /// Writes records of where the fields will lie: Host, whose line is the last that was written, and the lines that come behind it.
    private func outline(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, _ start: Int, _ textStart: Int) {
        let tally = stage.tally
        let end = Int32(truncatingIfNeeded: self.end &- textStart)
        let authority = stage[Int(tally.authority)].valueLength
        text.write(
            FieldLine(
                name: end &- authority &- 8, nameLength: 4, value: end &- authority &- 2, valueLength: authority, end: end,
                kind: .other), at: start)
        var at = start
        let shift = end &- Int32(truncatingIfNeeded: max(0, tally.lines))
        for i in tally.pseudoFields..<tally.count {
            at &+= MemoryLayout<FieldLine>.stride
            let field = stage[i]
            let value = field.value &+ shift
            text.write(
                FieldLine(
                    name: field.name &+ shift, nameLength: field.nameLength, value: value, valueLength: field.valueLength,
                    end: value &+ field.valueLength &+ 2, kind: .other), at: at)
        }
    }

    /// Other schemes than these two have no requests that we could send on.
    private mutating func scheme(_ b: borrowing Span<UInt8>, _ head: inout HTTP2Head) {
        head.isHTTPS = ASCII.equalsIgnoringCase(b, "https")
        if !head.isHTTPS, !ASCII.equalsIgnoringCase(b, "http") { defect = .target }
    }

    private mutating func requestLine(
        _ places: HTTP2Stage.Tally, _ head: inout HTTP2Head, _ stage: borrowing HTTP2Stage, _ text: borrowing Buffer
    ) {
        guard places.method >= 0, !places.isDoubled else { return defect = .startLine }
        let method = stage.bytes[stage.value(Int(places.method))]
        let isConnect = method.count == 7 && Octets.same(method, 0, "connect")
        if places.protocolName >= 0 {
            let wanted = stage.bytes[stage.value(Int(places.protocolName))]
            guard isConnect, wanted.count == 9, Octets.same(wanted, 0, "websocket") else { return defect = .method }
            head.isWebSocket = true
            end = text.write("GET", at: end)
        } else {
            guard Octets.endOfToken(method, 0, method.count) == method.count else { return defect = .startLine }
            end = text.write(method, at: end)
        }
        end = text.write(" ", at: end)
        let target = isConnect && !head.isWebSocket ? places.authority : places.path
        guard target >= 0, isTarget(stage.bytes[stage.value(Int(target))], isPath: target == places.path) else {
            return defect = .target
        }
        end = text.write(stage.bytes[stage.value(Int(target))], at: end)
        end = text.write(" HTTP/1.1\r\n", at: end)
        host(places, stage, text)
        if head.isWebSocket { end = text.write("connection: upgrade\r\nupgrade: websocket\r\n", at: end) }
    }

    /// Visible characters; a path begins with a slash or is `*`, since no absolute form is a path.
    private func isTarget(_ b: borrowing Span<UInt8>, isPath: Bool) -> Bool {
        guard b.count > 0, !isPath || b[0] == 47 || (b.count == 1 && b[0] == 42) else { return false }
        for i in b.indices where b[i] &- 33 >= 94 { return false }
        return true
    }

    /// `:authority` and Host say the same, if both are there (RFC 9113 section 8.3.1).
    private mutating func host(_ places: HTTP2Stage.Tally, _ stage: borrowing HTTP2Stage, _ text: borrowing Buffer) {
        let chosen = places.authority >= 0 ? places.authority : places.host
        guard chosen >= 0 else { return defect = .host }
        let name = stage.bytes[stage.value(Int(chosen))]
        for i in name.indices where name[i] &- 33 >= 94 { return defect = .host }
        if places.host >= 0, chosen != places.host {
            let other = stage.bytes[stage.value(Int(places.host))]
            guard other.count == name.count else { return defect = .host }
            for i in name.indices where ASCII.lower(name[i]) != ASCII.lower(other[i]) { return defect = .host }
        }
        end = text.write("host: ", at: end)
        end = text.write(name, at: end)
        end = text.write("\r\n", at: end)
    }

    /// Crumbs become one field again (RFC 9113 section 8.2.3).
    private mutating func cookies(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer) {
        var isFirst = true
        for i in 0..<stage.tally.count where stage[i].role == .cookie {
            end = text.write(isFirst ? "cookie: " : "; ", at: end)
            isFirst = false
            end = text.write(stage.bytes[stage.value(i)], at: end)
        }
        if !isFirst { end = text.write("\r\n", at: end) }
    }

    // MARK: Answers and trailers

    /// - Parameter toWebSocket: the request was an extended CONNECT: that it was granted is 101 in HTTP/1.1.
    static func response(
        _ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, at start: Int, toWebSocket: Bool = false
    ) -> (HTTP2Head, end: Int) {
        var head = HTTP2Head(text: start..<start)
        var w = HTTP2HeadText(at: start)
        w.defect = stage.tally.defect ?? .statusLine
        for i in 0..<stage.tally.count where stage[i].role == .status && stage[i].valueLength == 3 && w.defect == .statusLine {
            w.defect = nil
            if toWebSocket, stage.bytes[stage.value(i)][0] == 50 {
                head.isWebSocket = true
                w.end = text.write("HTTP/1.1 101 Switching Protocols\r\n", at: w.end)
                continue
            }
            w.end = text.write("HTTP/1.1 ", at: w.end)
            w.end = text.write(stage.bytes[stage.value(i)], at: w.end)
            w.end = text.write("\r\n", at: w.end)
        }
        if w.defect == nil { w.fields(stage, text, isResponse: true) }
        head.defect = w.defect
        guard w.defect == nil else { return (head, start) }
        w.end = text.write("\r\n", at: w.end)
        head.text = start..<w.end
        return (head, w.end)
    }

    /// - Returns: an empty range for trailers that are not worth passing on.
    static func trailers(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, at start: Int) -> Range<Int> {
        var w = HTTP2HeadText(at: start)
        w.defect = stage.tally.defect
        if w.defect == nil { w.fields(stage, text, isResponse: true) }
        guard w.defect == nil else { return start..<start }
        w.end = text.write("\r\n", at: w.end)
        return start..<w.end
    }

    // MARK: Fields

    /// The lines but for those that a request's own ones say.
    private mutating func fields(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, isResponse: Bool) {
        for i in 0..<stage.tally.count {
            switch stage[i].role {
            case .other: break
            case .host, .cookie: if !isResponse { continue }
            default: continue
            }
            end = text.write(stage.bytes[stage.line(i)], at: end)
        }
    }
}
