import Base

/// Writes the fields of a header block as the text that HTTP/1 would have sent, so that one parser judges both.
///
/// What could make the text read differently from the fields (a colon or blank in a name, a line end in a value, a blank in the target) is
/// refused here; nghttp2 has refused most of it before.
struct HTTP2HeadText {
    /// Offset behind what was written.
    private(set) var end: Int
    private(set) var defect: HeadDefect?

    init(at start: Int) { end = start }

    // MARK: Requests

    static func request(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, at start: Int) -> (HTTP2Head, end: Int) {
        var head = HTTP2Head(text: start..<start)
        var w = HTTP2HeadText(at: start)
        w.defect = stage.tally.defect
        let places = Places(stage)
        if places.scheme >= 0 { w.scheme(stage.bytes[stage.value(places.scheme)], &head) }
        if w.defect == nil { w.requestLine(places, &head, stage, text) }
        if w.defect == nil { w.fields(stage, text) }
        if w.defect == nil { w.cookies(stage, text) }
        head.defect = w.defect
        guard w.defect == nil else { return (head, start) }
        w.end = text.write("\r\n", at: w.end)
        head.text = start..<w.end
        return (head, w.end)
    }

    /// Where the fields lie that make the first line; -1 without.
    private struct Places {
        var method = -1
        var path = -1
        var scheme = -1
        var authority = -1
        var protocolName = -1
        var host = -1
        var isDoubled = false

        init(_ stage: borrowing HTTP2Stage) {
            for i in 0..<stage.tally.count {
                switch stage[i].role {
                case .method: Self.note(i, &method, &isDoubled)
                case .path: Self.note(i, &path, &isDoubled)
                case .scheme: Self.note(i, &scheme, &isDoubled)
                case .authority: Self.note(i, &authority, &isDoubled)
                case .protocolName: Self.note(i, &protocolName, &isDoubled)
                case .host: Self.note(i, &host, &isDoubled)
                case .status, .unknownPseudo: isDoubled = true
                case .other, .cookie: break
                }
            }
        }

        private static func note(_ i: Int, _ place: inout Int, _ isDoubled: inout Bool) {
            isDoubled = isDoubled || place >= 0
            place = i
        }
    }

    /// Other schemes than these two have no requests that we could send on.
    private mutating func scheme(_ b: borrowing Span<UInt8>, _ head: inout HTTP2Head) {
        head.isHTTPS = ASCII.equalsIgnoringCase(b, "https")
        if !head.isHTTPS, !ASCII.equalsIgnoringCase(b, "http") { defect = .target }
    }

    private mutating func requestLine(
        _ places: Places, _ head: inout HTTP2Head, _ stage: borrowing HTTP2Stage, _ text: borrowing Buffer
    ) {
        guard places.method >= 0, !places.isDoubled else { return defect = .startLine }
        let method = stage.bytes[stage.value(places.method)]
        let isConnect = method.count == 7 && Octets.same(method, 0, "connect")
        if places.protocolName >= 0 {
            let wanted = stage.bytes[stage.value(places.protocolName)]
            guard isConnect, wanted.count == 9, Octets.same(wanted, 0, "websocket") else { return defect = .method }
            head.isWebSocket = true
            end = text.write("GET", at: end)
        } else {
            guard Octets.endOfToken(method, 0, method.count) == method.count else { return defect = .startLine }
            end = text.write(method, at: end)
        }
        end = text.write(" ", at: end)
        let target = isConnect && !head.isWebSocket ? places.authority : places.path
        guard target >= 0, isTarget(stage.bytes[stage.value(target)], isPath: target == places.path) else {
            return defect = .target
        }
        end = text.write(stage.bytes[stage.value(target)], at: end)
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
    private mutating func host(_ places: Places, _ stage: borrowing HTTP2Stage, _ text: borrowing Buffer) {
        let chosen = places.authority >= 0 ? places.authority : places.host
        guard chosen >= 0 else { return defect = .host }
        let name = stage.bytes[stage.value(chosen)]
        for i in name.indices where name[i] &- 33 >= 94 { return defect = .host }
        if places.host >= 0, chosen != places.host {
            let other = stage.bytes[stage.value(places.host)]
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
            value(stage.bytes[stage.value(i)], text)
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
            w.value(stage.bytes[stage.value(i)], text)
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

    private mutating func fields(_ stage: borrowing HTTP2Stage, _ text: borrowing Buffer, isResponse: Bool = false) {
        for i in 0..<stage.tally.count {
            switch stage[i].role {
            case .other: break
            case .host, .cookie: if !isResponse { continue }
            default: continue
            }
            let name = stage.bytes[stage.name(i)]
            guard name.count > 0, Octets.endOfToken(name, 0, name.count) == name.count else { return defect = .fieldName }
            end = text.write(name, at: end)
            end = text.write(": ", at: end)
            value(stage.bytes[stage.value(i)], text)
            end = text.write("\r\n", at: end)
        }
    }

    private mutating func value(_ b: borrowing Span<UInt8>, _ text: borrowing Buffer) {
        if Octets.endOfValue(b, 0, b.count) < b.count { defect = .fieldValue }
        end = text.write(b, at: end)
    }
}
