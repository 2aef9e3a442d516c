import Base
import HTTP
import Pipeline
import Reactor

// Bytes from a socket: one receive for each readiness, into the worker's one buffer; what is not used at once goes into a block.
extension Worker where P: ~Copyable {
    /// Puts what the socket left before into the receive buffer.
    mutating func loadInput(_ s: Int32, _ m: borrowing Memory) {
        guard input.socket != s else { return }
        input = Input(socket: s)
        let block = m.sockets[s].input
        guard block.isPresent else { return }
        let left = Int(m.sockets[s].inputStart)..<Int(m.sockets[s].inputEnd)
        input.end = m.receive.write(m.blocks.span(block, left), at: 0)
        m.blocks.give(block)
        m.sockets[s].input = .none
    }

    /// Keeps what was not used for later. Called before the buffer serves another socket.
    mutating func keepInput(_ m: borrowing Memory) {
        let s = input.socket
        guard s >= 0 else { return }
        input.socket = -1
        guard input.count > 0 else { return }
        guard let block = m.blocks.take(input.count) else { return overloaded(s, m) }
        m.blocks.write(m.receive[input.range], to: block, at: 0)
        m.sockets[s].input = block
        m.sockets[s].inputStart = 0
        m.sockets[s].inputEnd = Int32(truncatingIfNeeded: input.count)
    }

    /// Nothing of what the socket sent is wanted any longer.
    mutating func dropInput(_ s: Int32, _ m: borrowing Memory) {
        if input.socket == s { input.socket = -1 }
        m.blocks.give(m.sockets[s].input)
        m.sockets[s].input = .none
    }

    /// One receive behind what is loaded. - Returns: what the port said; `IO.again` also when there is no room.
    mutating func receive(_ s: Int32, _ m: borrowing Memory) -> Int {
        if input.start > 0 {
            if input.count > 0 { m.receive.move(from: input.start, to: 0, count: input.count) }
            input.end = input.count
            input.start = 0
        }
        let room = Memory.receiveSize &- input.end
        guard room > 0, m.sockets[s].isReadable else { return IO.again }
        switch m.sockets[s].layer {
        case .plain: break
        case .sealed: return receiveSealed(s, m)
        case .stream: return receiveStream(s, m)
        case .mirror: return IO.again
        }
        let n = port.receive(m.sockets[s].descriptor, into: m.receive, input.end..<Memory.receiveSize)
        if n > 0 {
            input.end = input.end &+ n
            // Less than asked for: it was all there was, unless the end has been announced.
            if n < room && !m.sockets[s].isEnding { m.sockets[s].isReadable = false }
        } else {
            if n == IO.again { m.sockets[s].isEnding = false }
            if n == 0 { m.sockets[s].inputEnded = true }
            m.sockets[s].isReadable = false
        }
        return n
    }

    // MARK: Heads of requests

    /// The client is between requests: reads on until its head is whole.
    mutating func readHead(_ s: Int32, _ m: borrowing Memory) {
        guard m.sockets[s].output.isEmpty else { return }
        loadInput(s, m)
        let n = receive(s, m)
        if n == IO.failed { return close(s, m) }
        if m.sockets[s].codec == .http2 { return beginCarrying(s, m) }
        guard input.count > 0 else {
            if m.sockets[s].inputEnded { closeGently(s, isSending: false, m) }
            return
        }
        if m.sockets[s].alarm != .head { m.sockets[s].headStart = now }
        var request = ParsedRequest()
        let outcome =
            m.sockets[s].outlined == 0
            ? RequestParser.parse(m.receive[input.range], limits: m.limits.head, m.fields, &request)
            : parseOutlined(s, m, &request)
        switch outcome {
        case .complete: begin(s, request, m)
        case .refused where HTTP2Preface.judge(m.receive[input.range]) != .isNot: beginCarrying(s, m)
        case .refused where isForeign(s, m): turnAway(s, m)
        case .refused(let defect): refuse(s, ProxyError(Rescue.kind(defect), detail: defect.text), m)
        case .incomplete:
            if m.sockets[s].inputEnded { return closeGently(s, isSending: false, m) }
            // The time runs from the head's first byte, however slowly the others come.
            if m.sockets[s].alarm != .head { alarm(s, .head, m.limits.headTime, m) }
            if m.sockets[s].isReadable { queue(s, m) }
        }
    }

    private func isForeign(_ s: Int32, _ m: borrowing Memory) -> Bool {
        !m.sockets[s].isReused && !m.sockets[s].isStream && HTTP2Preface.isMistaken(m.receive[input.range])
    }

    /// The head of a stream, before which it says where its fields lie.
    private mutating func parseOutlined(_ s: Int32, _ m: borrowing Memory, _ request: inout ParsedRequest) -> HeadOutcome {
        let count = Int(m.sockets[s].outlined)
        let start = input.start
        m.sockets[s].outlined = 0
        input.start &+= count &* MemoryLayout<FieldLine>.stride
        m.fields.load(count, from: m.receive[start..<input.start])
        return RequestParser.parse(m.receive[input.range], outlined: count, limits: m.limits.head, m.fields, &request)
    }

    /// A whole head: an exchange begins.
    private mutating func begin(_ s: Int32, _ request: ParsedRequest, _ m: borrowing Memory) {
        guard let e = startExchange(s, m) else { return overloaded(s, m) }
        var request = request
        if m.sockets[s].isStream { adapt(&request, to: s, m) }
        m.exchanges[e].request = request
        m.exchanges[e].x.version = m.sockets[s].isStream ? .http2 : request.minor == 0 ? .http10 : .http11
        m.exchanges[e].x.bytes.received = UInt64(request.length)
        let d = m.exchanges[e].downstream
        // On a stream there are no chunks to read: it says itself where it ends.
        let framing = m.sockets[s].isStream && request.framing == .chunked ? .untilClose : request.framing
        m.streams[d].decoder = BodyDecoder(framing, length: request.facts.contentLength)
        m.streams[d].hasHead = true
        m.streams[d].isInputDone = request.framing == .none
        m.streams[d].keepsAlive = request.keepsAlive
        let problem = copyHead(e, m)
        input.start &+= request.length
        if let problem { return fail(e, problem, m) }
        if m.streams[d].isInputDone { m.exchanges[e].x.times.requestEnd = now }
        classify(e, m)
        if isFull(m) { return fail(e, ProxyError(.noBlocks), m) }
        if isSecure(s, m) && !isRightPlace(s, e, m) { return fail(e, ProxyError(.misdirected), m) }
        route(e, m)
    }

    /// Rows for an exchange on the client's connection; nil when there are none left.
    mutating func startExchange(_ s: Int32, _ m: borrowing Memory) -> Int32? {
        guard let e = m.exchanges.take() else { return nil }
        guard let d = m.streams.take() else {
            m.exchanges.give(e)
            return nil
        }
        exchanges &+= 1
        metrics.add(.exchangesStarted)
        m.exchanges[e].reset()
        m.exchanges[e].downstream = d
        m.streams[d] = StreamRow()
        m.streams[d].socket = s
        m.streams[d].exchange = e
        if isSecure(s, m) { m.exchanges[e].x.scheme = .https }
        let start = m.sockets[s].headStart
        m.exchanges[e].x.times.start = start > .zero ? start : now
        m.exchanges[e].x.client = m.sockets[s].peer.ip
        m.exchanges[e].x.clientPort = m.sockets[s].peer.port
        m.exchanges[e].x.listener = listeners[Int(m.sockets[s].listener)].door.index
        m.exchanges[e].x.requestID.high = random.next()
        m.exchanges[e].x.requestID.low = random.next()
        m.sockets[s].stream = d
        m.sockets[s].state = .busy
        disarm(s, m)
        pin(e, m)
        return e
    }

    /// Copies the head and its field lines into a block, where they stay until the log record is written; the canonical path and the host
    /// in lower case come behind them when they differ from what was sent.
    private mutating func copyHead(_ e: Int32, _ m: borrowing Memory) -> ProxyError? {
        var request = m.exchanges[e].request
        let length = request.length
        let count = Int(request.facts.count)
        let path = Int(request.line.path)..<Int(request.line.path &+ request.line.pathLength)
        let host = Int(request.line.host)..<Int(request.line.host &+ request.line.hostLength)
        let base = input.start
        var extra = 0
        if request.needsCanonicalPath { extra &+= path.count }
        if request.needsLowerHost { extra &+= host.count }
        let fieldsAt = (length &+ extra &+ 7) & ~7
        guard let block = m.blocks.take(fieldsAt &+ count &* MemoryLayout<FieldLine>.stride) else { return ProxyError(.noBlocks) }
        m.exchanges[e].head = block
        var end = m.blocks.write(m.receive[base..<(base &+ length)], to: block, at: 0)
        m.blocks.write(records: m.fields.first(count), to: block, at: fieldsAt)
        var isRefused = false
        if request.needsCanonicalPath {
            let bytes = m.receive[(base &+ path.lowerBound)..<(base &+ path.upperBound)]
            if let written = CanonicalPath.write(bytes, to: m.transmit, at: 0) {
                request.line.path = Int32(truncatingIfNeeded: end)
                request.line.pathLength = Int32(truncatingIfNeeded: written)
                end = m.blocks.write(m.transmit[0..<written], to: block, at: end)
            } else {
                isRefused = true
            }
        }
        if request.needsLowerHost {
            for i in 0..<host.count {
                m.blocks.set(ASCII.lower(m.receive[base &+ host.lowerBound &+ i]), in: block, at: end &+ i)
            }
            request.line.host = Int32(truncatingIfNeeded: end)
            end = end &+ host.count
        }
        m.exchanges[e].headLength = Int32(truncatingIfNeeded: end)
        m.exchanges[e].fieldsAt = Int32(truncatingIfNeeded: fieldsAt)
        m.exchanges[e].request.line = request.line
        return isRefused ? ProxyError(.clientMalformed, detail: "a path that leaves its root or hides doing so") : nil
    }

    /// What the method and the fields say about how the request may be treated.
    private mutating func classify(_ e: Int32, _ m: borrowing Memory) {
        let request = m.exchanges[e].request
        let s = m.streams[m.exchanges[e].downstream].socket
        let method = Method(m.method(e))
        m.exchanges[e].isHead = method == .head
        m.exchanges[e].isIdempotent = method.isIdempotent
        m.exchanges[e].wantsTunnel =
            request.facts.upgradeWebSocket && request.facts.connectionUpgrade && method == .get && request.minor == 1
            && request.framing == .none
        m.exchanges[e].wasContinued = !(request.facts.expectContinue && request.minor == 1 && request.framing != .none)
        if m.sockets[s].isTrusted && request.facts.requestID >= 0 {
            m.exchanges[e].x.requestID.field = request.facts.requestID
        }
    }
}

/// What matters about a method (RFC 9110 section 9).
enum Method: UInt8 {
    case get, head, otherIdempotent, other

    init(_ name: borrowing Span<UInt8>) {
        switch name.count {
        case 3: self = Self.same(name, "GET") ? .get : Self.same(name, "PUT") ? .otherIdempotent : .other
        case 4: self = Self.same(name, "HEAD") ? .head : .other
        case 5: self = Self.same(name, "TRACE") ? .otherIdempotent : .other
        case 6: self = Self.same(name, "DELETE") ? .otherIdempotent : .other
        case 7: self = Self.same(name, "OPTIONS") ? .otherIdempotent : .other
        default: self = .other
        }
    }

    var isIdempotent: Bool { self != .other }

    private static func same(_ name: borrowing Span<UInt8>, _ text: StaticString) -> Bool {
        let p = unsafe text.utf8Start
        for i in name.indices where unsafe name[i] != p[i] { return false }
        return true
    }
}
