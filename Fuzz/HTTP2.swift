import Base
import HTTP

private let limits = HeadLimits(bytes: 2048, fields: 16)

/// Everything that outlives one input: one wire serves all sessions, as in a worker.
private struct Lab: ~Copyable {
    let wire = HTTP2Wire(limits: limits, maxStreams: 1000)
    let table = FieldTable(capacity: limits.fields)
}

nonisolated(unsafe) private var lab: UnsafeMutablePointer<Lab>?

/// Any frames after a preface, cut at will, to a server that answers at will: a head that is told is a whole one to the parser, has no length
/// of its own making and asks for no upgrade that was not asked for; streams are told of from head to end; and when the session goes, all of
/// its memory comes back. The first byte is what the server does, the second one seeds the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    if lab == nil {
        lab = .allocate(capacity: 1)
        lab?.initialize(to: Lab())
    }
    guard let lab else { preconditionFailure("there is a wire") }
    let frames = Array(UnsafeBufferPointer(start: bytes + 2, count: count - 2))
    let hello = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0".utf8)
    var play = Play(session: .accept(HTTP2Settings(), lab.pointee.wire), habits: bytes[0])
    var random = SeededRandom(seed: UInt64(bytes[1]))
    feed(hello, &play, lab)
    var start = 0
    while start < frames.count {
        let end = bytes[1] == 0 ? frames.count : min(frames.count, start + 1 + Int(random.below(40)))
        feed(Array(frames[start..<end]), &play, lab)
        start = end
    }
    play.session.free()
    lab.pointee.wire.sent()
    let memory = lab.pointee.wire.memory
    precondition(memory.used == 0 && memory.streams == 0, "something stayed: \(memory)")
    return 0
}

private struct Play {
    let session: HTTP2Session
    let habits: UInt8
    var open: Set<Int32> = []
    var isOver = false
}

private func feed(_ bytes: [UInt8], _ play: inout Play, _ lab: UnsafeMutablePointer<Lab>) {
    var start = 0
    while start < bytes.count {
        let rest = Array(bytes[start...])
        let taken = play.session.receive(rest.span, now: .zero)
        precondition(taken > 0 && taken <= rest.count, "\(taken) bytes were taken")
        start += taken
        while let event = play.session.next() { meet(event, rest, &play, lab) }
        lab.pointee.wire.sent()
        while play.session.wantsToSend {
            play.session.pump()
            if lab.pointee.wire.pending.isEmpty { break }
            lab.pointee.wire.sent()
        }
    }
}

private func meet(_ event: HTTP2Event, _ bytes: [UInt8], _ play: inout Play, _ lab: UnsafeMutablePointer<Lab>) {
    precondition(!play.isOver, "\(event) after the end")
    switch event {
    case .head(let stream, let head):
        precondition(play.open.insert(stream.id).inserted, "a stream begins once")
        check(head, lab)
        answer(stream, head, play)
    case .data(let stream, let range):
        precondition(play.open.contains(stream.id) && range.upperBound <= bytes.count && !range.isEmpty)
        if play.habits & 1 == 0 { play.session.consumed(stream, range.count) }
    case .trailers(let stream, let range):
        precondition(play.open.contains(stream.id))
        var facts = FieldFacts()
        guard !range.isEmpty else { return }
        let outcome = TrailerParser.parse(lab.pointee.wire.text(range), limits: limits, lab.pointee.table, &facts)
        precondition(outcome != .incomplete && !facts.isChunked, "trailers that are not whole")
    case .end(let stream), .reset(let stream, _): precondition(play.open.contains(stream.id))
    case .windowOpened(let stream): _ = play.session.data(stream, bytes.span)
    case .closed(let stream, _): precondition(play.open.remove(stream.id) != nil, "a stream ends once")
    case .failed: play.isOver = true
    case .goaway, .pong: break
    }
}

private func check(_ head: HTTP2Head, _ lab: UnsafeMutablePointer<Lab>) {
    guard head.defect == nil else { return precondition(head.text.isEmpty) }
    let text = lab.pointee.wire.text(head.text)
    var request = ParsedRequest()
    switch RequestParser.parse(text, limits: limits, lab.pointee.table, &request) {
    case .incomplete: preconditionFailure("a head that is not whole")
    case .refused: return
    case .complete: break
    }
    precondition(request.length == text.count, "a second head in the first")
    precondition(!request.facts.isChunked && request.minor == 1 && !request.isAbsoluteForm)
    precondition(request.facts.connectionUpgrade == head.isWebSocket && request.facts.hasUpgrade == head.isWebSocket)
    precondition(!head.endsStream || request.facts.contentLength <= 0 || head.isWebSocket, "a body that will not come")
}

private func answer(_ stream: HTTP2Stream, _ head: HTTP2Head, _ play: Play) {
    if play.habits & 2 != 0 { return }
    let text = Array(
        (head.isWebSocket ? "HTTP/1.1 101 S\r\nupgrade: websocket\r\n\r\n" : "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n").utf8)
    precondition(
        play.session.respond(stream, text.span, endsHere: play.habits & 4 != 0 && !head.isWebSocket).length == text.count)
    _ = play.session.data(stream, [UInt8](repeating: 1, count: Int(play.habits) * 100).span, isLast: play.habits & 8 != 0)
    if play.habits & 16 != 0 { _ = play.session.trailers(stream, Array("x: y\r\n\r\n".utf8).span) }
    if play.habits & 32 != 0 { play.session.reset(stream, .cancel) }
    if play.habits & 64 != 0 { play.session.drain() }
}
