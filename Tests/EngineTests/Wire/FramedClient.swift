import Base
import HTTP

/// A client's end of one HTTP/2 connection, in memory: requests are given and answers shown as HTTP/1 would write them.
final class FramedClient: FramedEnd {
    /// In the order of their numbers.
    private var streams: [Stream] = []
    private var ending = ""

    private struct Stream {
        let stream: HTTP2Stream
        var unsent: [UInt8]
        var text = ""
        var body: [UInt8] = []
        var ending = ""

        var shown: String {
            let gap = body.isEmpty || body.last == 10 ? "" : "\n"
            return "stream \(stream.id)\n" + text + WireText.lines(body[...]) + gap + ending
        }
    }

    init() { super.init { HTTP2Session.connect(HTTP2Settings(), $0) } }

    /// Opens a stream with the request that the bytes are.
    func ask(_ bytes: [UInt8]) {
        let end = WireMessage(bytes[...], isResponse: false)?.headEnd ?? bytes.count
        let body = Array(bytes[end...])
        let head = Array(bytes[..<end])
        let stream = session.request(head.span, isHTTPS: false, tag: Int32(streams.count), endsHere: body.isEmpty).stream
        streams.append(Stream(stream: stream, unsent: body, ending: stream.isPresent ? "" : "{not sent}\n"))
        collect()
        sendBodies()
    }

    /// Gives the newest stream up.
    func cancel() {
        if let last = streams.last { session.reset(last.stream, .cancel) }
        collect()
    }

    override func receive(_ bytes: ArraySlice<UInt8>) {
        super.receive(bytes)
        sendBodies()
        while let event = session.next() { note(event, []) }
    }

    override func note(_ event: HTTP2Event, _ bytes: [UInt8]) {
        switch event {
        case .head(let stream, let head): streams[Int(stream.tag)].text += WireText.lines(text(wire, head.text)[...])
        case .data(let stream, let range):
            streams[Int(stream.tag)].body += bytes[range]
            session.consumed(stream, range.count)
        case .trailers(let stream, let range):
            streams[Int(stream.tag)].ending = "{trailers}" + WireText.lines(text(wire, range)[...])
        case .closed(let stream, let code):
            streams[Int(stream.tag)].ending += code == .noError ? "{end}\n" : "{reset \(code.rawValue)}\n"
        case .goaway(let code): ending += "goaway \(code.rawValue)\n"
        case .failed(let failure): ending += "failed \(failure)\n"
        case .end, .reset, .windowOpened, .pong: break
        }
    }

    private func sendBodies() {
        for i in streams.indices where !streams[i].unsent.isEmpty {
            while !streams[i].unsent.isEmpty {
                let bytes = streams[i].unsent
                let count = session.data(streams[i].stream, bytes.span, isLast: true)
                streams[i].unsent.removeFirst(count)
                collect()
                if count == 0 { break }
            }
        }
    }

    var shown: String { streams.map(\.shown).joined() + ending }
}
