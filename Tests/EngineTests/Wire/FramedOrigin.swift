import Base
import HTTP

/// An endpoint's end of one HTTP/2 connection, in memory: requests are shown and answers given as HTTP/1 would write them.
final class FramedOrigin: FramedEnd {
    /// In the order of their numbers.
    private(set) var calls: [Call] = []
    /// What was said about the connection as a whole.
    private(set) var ending = ""

    /// One request and its answer.
    struct Call {
        let stream: HTTP2Stream
        var head: [UInt8]
        var isWebSocket = false
        var body: [UInt8] = []
        var trailers: [UInt8] = []
        var isWhole = false
        var fate = ""
        /// What the script wants answered.
        var unsaid: [UInt8] = []
        var isEnding = false
        var code: HTTP2Code?
        /// After the answer's head.
        var decoder: BodyDecoder?
        var unsent: [UInt8] = []
        var unsentTrailers: [UInt8] = []
        var hasEnd = false
        var isOver = false

        /// As HTTP/1 would bring it; a body without a length is in one chunk, once it is whole.
        var received: [UInt8] {
            if isWebSocket { return head + body }
            if String(decoding: head, as: UTF8.self).contains("\r\ncontent-length: ")
                || (isWhole && body.isEmpty && trailers.isEmpty)
            {
                return head + body
            }
            let text: [UInt8] = Array(head.dropLast(2)) + Array("transfer-encoding: chunked\r\n\r\n".utf8)
            guard isWhole else { return text }
            var chunks: [UInt8] = []
            if !body.isEmpty { chunks = Array("\(String(body.count, radix: 16))\r\n".utf8) + body + [13, 10] }
            chunks += Array("0\r\n".utf8)
            return text + chunks + (trailers.isEmpty ? [13, 10] : trailers)
        }
    }

    init(_ settings: HTTP2Settings) {
        super.init { HTTP2Session.accept(settings, $0) }
    }

    override func note(_ event: HTTP2Event, _ bytes: [UInt8]) {
        switch event {
        case .head(let stream, let head):
            session.tag(stream, Int32(calls.count))
            calls.append(
                Call(
                    stream: stream, head: text(wire, head.text), isWebSocket: head.isWebSocket,
                    isWhole: head.endsStream && !head.isWebSocket))
        case .data(let stream, let range):
            calls[Int(stream.tag)].body += bytes[range]
            session.consumed(stream, range.count)
        case .trailers(let stream, let range):
            calls[Int(stream.tag)].trailers = text(wire, range)
            calls[Int(stream.tag)].isWhole = true
        case .end(let stream): calls[Int(stream.tag)].isWhole = true
        case .closed(let stream, let code):
            if code != .noError { calls[Int(stream.tag)].fate = "{reset \(code.rawValue)}\n" }
            calls[Int(stream.tag)].isOver = true
        case .goaway(let code): ending += "goaway \(code.rawValue)\n"
        case .failed(let failure): ending += "failed \(failure)\n"
        case .reset, .windowOpened, .pong: break
        }
    }

    // MARK: Answers

    func say(_ call: Int, _ bytes: [UInt8]) { calls[call].unsaid += bytes }
    func end(_ call: Int) { calls[call].isEnding = true }
    func reset(_ call: Int, _ code: HTTP2Code) { calls[call].code = code }

    /// Takes no more requests.
    func goAway() {
        session.finish(.noError)
        collect()
    }

    /// Says what can be said.
    func speak() {
        for i in calls.indices where !calls[i].isOver {
            sayHead(i)
            sayBody(i)
            if let code = calls[i].code, calls[i].unsaid.isEmpty, calls[i].unsent.isEmpty {
                session.reset(calls[i].stream, code)
                calls[i].isOver = true
            }
            collect()
        }
        while let event = session.next() { note(event, []) }
    }

    private func sayHead(_ i: Int) {
        while calls[i].decoder == nil, let message = WireMessage(calls[i].unsaid[...], isResponse: true) {
            let head = Array(calls[i].unsaid[..<message.headEnd])
            calls[i].unsaid.removeFirst(message.headEnd)
            if head.starts(with: Array("HTTP/1.1 101".utf8)) {
                _ = session.respond(calls[i].stream, head.span, endsHere: false)
                calls[i].decoder = BodyDecoder(.untilClose)
                return
            }
            guard !head.starts(with: Array("HTTP/1.1 1".utf8)) else {
                _ = session.respond(calls[i].stream, head.span, endsHere: false)
                continue
            }
            var parsed = ParsedResponse()
            let table = FieldTable(capacity: 128)
            _ = ResponseParser.parse(head.span, limits: HeadLimits(), table, &parsed)
            let framing = parsed.framing(toHead: calls[i].head.starts(with: Array("HEAD ".utf8)))
            let isAll = framing == .none || (framing == .untilClose && calls[i].isEnding && calls[i].unsaid.isEmpty)
            calls[i].decoder = BodyDecoder(framing, length: parsed.facts.contentLength)
            _ = session.respond(calls[i].stream, head.span, endsHere: isAll)
            calls[i].hasEnd = isAll
            calls[i].isOver = isAll
        }
    }

    private func sayBody(_ i: Int) {
        decode(i)
        while !calls[i].unsent.isEmpty {
            let bytes = calls[i].unsent
            let count = session.data(calls[i].stream, bytes.span)
            calls[i].unsent.removeFirst(count)
            collect()
            if count == 0 { return }
        }
        guard calls[i].hasEnd, !calls[i].isOver else { return }
        calls[i].isOver = true
        if calls[i].unsentTrailers.isEmpty {
            session.end(calls[i].stream)
        } else {
            let section = calls[i].unsentTrailers + [13, 10]
            _ = session.trailers(calls[i].stream, section.span)
        }
    }

    private func decode(_ i: Int) {
        guard var decoder = calls[i].decoder, !calls[i].hasEnd else { return }
        let bytes = calls[i].unsaid
        var at = 0
        loop: while true {
            switch decoder.next(bytes.span, &at) {
            case .data(let range): calls[i].unsent += bytes[range]
            case .trailer(let range): calls[i].unsentTrailers += bytes[range]
            case .end:
                calls[i].hasEnd = true
                break loop
            case .more, .malformed: break loop
            }
        }
        calls[i].decoder = decoder
        calls[i].unsaid.removeFirst(at)
        if calls[i].isEnding && calls[i].code == nil { calls[i].hasEnd = true }
    }
}
