import Base
import HTTP

/// One end of a connection in memory: a session with its wire, what it wants to send, and what it told as text.
struct HTTP2End: ~Copyable {
    let wire: HTTP2Wire
    let session: HTTP2Session
    var output: [UInt8] = []
    var log: [String] = []
    var streams: [Int32: HTTP2Stream] = [:]
    var bodies: [Int32: [UInt8]] = [:]
    /// Window is given back at once.
    var consumes = true
    var now = Instant.zero
    /// The most that was ever pending in the wire.
    var mostPending = 0

    init(isServer: Bool, settings: HTTP2Settings = HTTP2Settings(), limits: HeadLimits = HeadLimits()) {
        wire = HTTP2Wire(limits: limits, maxStreams: 1000)
        session = isServer ? HTTP2Session.accept(settings, wire) : HTTP2Session.connect(settings, wire)
        flush()
    }

    private var isClosed = false

    deinit { if !isClosed { session.free() } }

    mutating func close() {
        isClosed = true
        session.free()
    }

    mutating func flush() {
        repeat {
            let pending = pendingBytes()
            mostPending = max(mostPending, pending.count)
            output += pending
            wire.sent()
            if session.wantsToSend { session.pump() }
        } while !wire.pending.isEmpty
    }

    private func pendingBytes() -> [UInt8] {
        unsafe wire.pending.withUnsafeBufferPointer { unsafe Array($0) }
    }

    mutating func take() -> [UInt8] {
        defer { output = [] }
        return output
    }

    mutating func receive(_ bytes: [UInt8]) {
        var start = 0
        while start < bytes.count {
            let rest = Array(bytes[start...])
            start += session.receive(rest.span, now: now)
            tell(rest)
            flush()
        }
    }

    /// Bytes in pieces that end at `cuts`.
    mutating func receive(_ bytes: [UInt8], cuts: [Int]) {
        var start = 0
        for cut in cuts + [bytes.count] where cut > start {
            receive(Array(bytes[start..<cut]))
            start = cut
        }
    }

    mutating func tell(_ bytes: [UInt8] = []) {
        while let event = session.next() { tell(event, bytes) }
    }

    private mutating func tell(_ event: HTTP2Event, _ bytes: [UInt8]) {
        switch event {
        case .head(let stream, let head):
            streams[stream.id] = stream
            var line = "\(stream.id) head"
            if head.endsStream { line += " ends" }
            if head.isHTTPS { line += " https" }
            if head.isWebSocket { line += " websocket" }
            if let defect = head.defect { line += " defect=\(defect)" }
            log.append(line + " " + text(head.text))
        case .data(let stream, let range):
            bodies[stream.id, default: []] += bytes[range]
            if consumes { session.consumed(stream, range.count) }
        case .trailers(let stream, let range): log.append("\(stream.id) trailers \(text(range))")
        case .end(let stream): log.append("\(stream.id) end after \(bodies[stream.id]?.count ?? 0)")
        case .reset(let stream, let code): log.append("\(stream.id) reset \(code.rawValue)")
        case .windowOpened(let stream): log.append("\(stream.id) window")
        case .closed(let stream, let code): log.append("\(stream.id) closed \(code.rawValue)")
        case .goaway(let code): log.append("goaway \(code.rawValue)")
        case .pong: log.append("pong")
        case .failed(let failure): log.append("failed \(failure)")
        }
    }

    private func text(_ range: Range<Int>) -> String {
        let span = wire.text(range)
        return String(decoding: span.indices.map { span[$0] }, as: UTF8.self).replacing("\r\n", with: "|")
    }

    // MARK: Sending

    mutating func request(_ text: String, isLast: Bool = true) -> HTTP2Stream {
        let bytes = Array(text.replacing("|", with: "\r\n").utf8)
        let stream = session.request(bytes.span, isHTTPS: true, tag: 7, endsHere: isLast).stream
        flush()
        streams[stream.id] = stream
        return stream
    }

    @discardableResult
    mutating func respond(_ id: Int32, _ text: String, isLast: Bool = true) -> Bool {
        guard let stream = streams[id] else { return false }
        defer { flush() }
        return session.respond(stream, Array(text.replacing("|", with: "\r\n").utf8).span, endsHere: isLast).length > 0
    }

    mutating func data(_ id: Int32, _ bytes: [UInt8], isLast: Bool = false) -> Int {
        guard let stream = streams[id] else { return -1 }
        defer { flush() }
        return session.data(stream, bytes.span, isLast: isLast)
    }

    mutating func end(_ id: Int32) {
        if let stream = streams[id] { session.end(stream) }
        flush()
    }

    mutating func trailers(_ id: Int32, _ text: String) -> Bool {
        guard let stream = streams[id] else { return false }
        defer { flush() }
        return session.trailers(stream, Array(text.replacing("|", with: "\r\n").utf8).span)
    }

    mutating func reset(_ id: Int32, _ code: HTTP2Code) {
        if let stream = streams[id] { session.reset(stream, code) }
        flush()
    }

    func isBlocked(_ id: Int32) -> Bool { streams[id].map { session.isBlocked($0) } ?? false }

    mutating func clearLog() -> [String] {
        defer { log = [] }
        return log
    }
}

/// Passes bytes between two ends until neither has more to say.
func converse(_ a: inout HTTP2End, _ b: inout HTTP2End) {
    a.tell()
    b.tell()
    repeat {
        a.flush()
        b.receive(a.take())
        b.flush()
        a.receive(b.take())
        a.flush()
    } while !a.output.isEmpty || !b.output.isEmpty
}
