import Base
import CNGHTTP2

// What goes out.
extension HTTP2Session {
    // MARK: Heads

    /// Sends an answer's head, given as HTTP/1.1 would send it: it is parsed as a head that came, fields of the connection are left out, names
    /// become lower case. Interim answers (1xx) may come before; to a WebSocket's request 101 is sent as 200.
    ///
    /// - Parameters:
    ///   - head: bytes that begin with the head; others may follow.
    ///   - endsHere: when none follow, no body and no trailers will; otherwise the body ends with those that follow.
    ///   - takesBody: of what follows a final head, as many bytes are sent as `data` would take.
    /// - Returns: how long the head is, and whether it is no interim one; how many bytes were taken, those of the head included. 0 when this is no head
    ///   of an answer, and nothing was sent.
    public func respond(
        _ stream: HTTP2Stream, _ head: borrowing Span<UInt8>, endsHere: Bool, takesBody: Bool = false
    ) -> (length: Int, isFinal: Bool, taken: Int) {
        let isOutlined = core.outline.describes(head, of: stream) && core.outline.length <= core.sending.bytes
        var parsed = ParsedResponse()
        guard isOutlined || ResponseParser.parse(head, limits: core.sending, core.fields, &parsed) == .complete else {
            return (0, true, 0)
        }
        let length = isOutlined ? core.outline.length : parsed.length
        let isUpgrade = parsed.status == 101
        let isInterim = parsed.status > 0 && parsed.status < 200 && !isUpgrade
        guard let row = live(stream), !core.rows[row].isAnswered else { return (length, !isInterim, length) }
        guard !isUpgrade || core.rows[row].isWebSocket else { return (0, true, 0) }
        let isLast = endsHere && length == head.count
        let taken = unsafe head.withUnsafeBufferPointer { bytes in
            core.lines.begin()
            if isUpgrade {
                unsafe core.lines.add(":status", "200")
            } else {
                // `HTTP/1.1 `, then three digits.
                unsafe core.lines.add(":status", UnsafeBufferPointer(rebasing: bytes[9..<12]))
            }
            if isOutlined {
                guard unsafe addOutlined(bytes) else { return 0 }
            } else {
                unsafe addFields(bytes, core.fields, Int(parsed.facts.count), isUpgrade ? .upgrade : .response)
            }
            submitResponse(row, isInterim: isInterim, isLast: isLast)
            if takesBody, !isInterim, !isLast, length < bytes.count {
                unsafe state.offer = HTTP2Offer(
                    row: row, bytes: UnsafeBufferPointer(rebasing: bytes[length...]), isLast: endsHere)
            }
            pump()
            defer { state.offer = HTTP2Offer() }
            return length &+ state.offer.taken
        }
        return taken == 0 ? (0, true, 0) : (length, !isInterim, taken)
    }

    /// The fields of which it is known where they lie, and those behind them. False when these are none.
    @unsafe private func addOutlined(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let (tail, length) = (core.outline.tail, core.outline.length)
        unsafe addFields(bytes, core.outline.lines, core.outline.count, .response)
        guard tail < length &- 2 else { return true }
        var facts = FieldFacts()
        let outcome = unsafe FieldParser.parse(
            bytes.span, from: tail, length, maximum: core.sending.fields, core.fields, &facts)
        guard outcome == .complete, Int(facts.end) == length,
            core.outline.count &+ Int(facts.count) <= core.sending.fields
        else { return false }
        unsafe addFields(bytes, core.fields, Int(facts.count), .response)
        return true
    }

    /// Whether the frame of what is submitted now is made by the next `pump`: nothing is before it, and there is room.
    private var isFrameNext: Bool {
        unsafe state.isBetweenFrames && core.outputCount &+ 2 &* HTTP2Core.longestPiece <= core.output.capacity
            && nghttp2_session_get_outbound_queue_size(session) == 0
    }

    private func submitResponse(_ row: Int32, isInterim: Bool, isLast: Bool) {
        let id = core.rows[row].id
        // Once more is looked whether the frame was made: see `pump`.
        state.isBorrowing = isFrameNext
        if state.isBorrowing { core.lines.borrow() }
        let status = unsafe core.lines.withLines { lines, count in
            guard !isInterim else {
                return unsafe nghttp2_submit_headers(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), id, nil, lines, count, nil)
            }
            var provider = unsafe HTTP2Callbacks.provider(row)
            return unsafe isLast
                ? nghttp2_submit_response(session, id, lines, count, nil)
                : nghttp2_submit_response(session, id, lines, count, &provider)
        }
        if status != 0 { state.defect = .exhausted }
        core.rows[row].isAnswered = !isInterim
        core.rows[row].isSending = !isInterim && !isLast
    }

    /// How many streams the peer lets this end (a client's) have open at a time; 0 when it takes no new ones at all. A guess until `knowsPeer`.
    public var limit: Int {
        guard state.failure == nil, !state.goawayReceived, unsafe nghttp2_session_check_request_allowed(session) == 1 else {
            return 0
        }
        return unsafe Int(nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS))
    }

    /// How many more streams this end may open now.
    public var capacity: Int { max(0, limit &- Int(state.openStreams)) }

    /// The peer has said what it allows.
    public var knowsPeer: Bool { state.knowsPeer }

    /// The peer takes WebSockets on streams (RFC 8441 section 3). Meaningful once `knowsPeer`.
    public var takesWebSockets: Bool {
        guard state.failure == nil else { return false }
        return unsafe nghttp2_session_get_remote_settings(session, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1
    }

    /// Opens a stream with a request's head, given as HTTP/1.1 would send it (see `respond`). One that asks for a WebSocket becomes an extended CONNECT
    /// (RFC 8441 section 4), for which the peer must have said `takesWebSockets`: a 2xx answer to it is read as 101, and what follows on both
    /// sides are the WebSocket's bytes.
    ///
    /// - Parameters:
    ///   - head: bytes that begin with the head; others may follow.
    ///   - tag: what the events of the stream carry.
    ///   - endsHere: when none follow, no body and no trailers will.
    /// - Returns: the stream, and how long the head is. `none` when this is no head of a request, or there is no capacity.
    public func request(
        _ head: borrowing Span<UInt8>, isHTTPS: Bool, tag: Int32, endsHere: Bool
    ) -> (stream: HTTP2Stream, length: Int) {
        var parsed = ParsedRequest()
        guard capacity > 0, RequestParser.parse(head, limits: core.sending, core.fields, &parsed) == .complete,
            let row = newRow(0)
        else { return (.none, 0) }
        let isWebSocket = parsed.facts.upgradeWebSocket && parsed.facts.connectionUpgrade
        let isLast = endsHere && parsed.length == head.count && !isWebSocket
        core.rows[row].tag = tag
        core.rows[row].isWebSocket = isWebSocket
        core.rows[row].isAnnounced = true
        core.rows[row].isAnswered = true
        let id = unsafe head.withUnsafeBufferPointer { bytes in
            unsafe addRequestLine(bytes, parsed, isHTTPS, isWebSocket)
            unsafe addFields(
                bytes, core.fields, Int(parsed.facts.count), isWebSocket ? .connect : .request(te: parsed.facts.teTrailers))
            return unsafe core.lines.withLines { lines, count in
                var provider = unsafe HTTP2Callbacks.provider(row)
                return unsafe isLast
                    ? nghttp2_submit_request(session, nil, lines, count, nil, Self.place(row))
                    : nghttp2_submit_request(session, nil, lines, count, &provider, Self.place(row))
            }
        }
        guard id > 0 else {
            forget(row)
            return (.none, 0)
        }
        core.rows[row].id = id
        core.rows[row].isSending = !isLast
        pump()
        return (self.stream(row), parsed.length)
    }

    @unsafe private func addRequestLine(
        _ bytes: UnsafeBufferPointer<UInt8>, _ parsed: ParsedRequest, _ isHTTPS: Bool, _ isWebSocket: Bool
    ) {
        let line = parsed.line
        let start = Int(line.path)
        let end = line.hasQuery ? Int(line.query) &+ Int(line.queryLength) : start &+ Int(line.pathLength)
        core.lines.begin()
        if isWebSocket {
            unsafe core.lines.add(":method", "CONNECT")
            unsafe core.lines.add(":protocol", "websocket")
        } else {
            unsafe core.lines.add(":method", Self.slice(bytes, line.method, line.methodLength))
        }
        unsafe core.lines.add(":scheme", isHTTPS ? "https" : "http")
        if parsed.authorityLength > 0 {
            unsafe core.lines.add(":authority", Self.slice(bytes, parsed.authority, parsed.authorityLength))
        }
        unsafe core.lines.add(":path", UnsafeBufferPointer(rebasing: bytes[start..<end]))
    }

    private enum Section { case response, upgrade, request(te: Bool), connect, trailers }

    /// The parsed fields, but for those that mean something to an HTTP/1 connection only (RFC 9113 section 8.2.2).
    @unsafe private func addFields(
        _ bytes: UnsafeBufferPointer<UInt8>, _ fields: borrowing FieldTable, _ count: Int, _ section: Section
    ) {
        for i in 0..<count {
            let field = fields[i]
            guard Self.passes(field.kind, section) else { continue }
            // The stream itself is the proof (RFC 8441 section 5).
            if case .connect = section, unsafe Self.isKey(bytes, field) { continue }
            unsafe core.lines.add(
                mixed: Self.slice(bytes, field.name, field.nameLength), readable: bytes.count &- Int(field.name),
                Self.slice(bytes, field.value, field.valueLength))
        }
        if case .request(te: true) = section { unsafe core.lines.add("te", "trailers") }
    }

    private static func passes(_ kind: FieldKind, _ section: Section) -> Bool {
        switch kind {
        case .connection, .hopByHop, .transferEncoding, .upgrade, .te: return false
        case .host:
            switch section {
            case .request, .connect: return false
            default: break
            }
        case .contentLength:
            switch section {
            case .upgrade, .connect: return false
            default: break
            }
        default: break
        }
        if case .trailers = section { return TrailerParser.mayPass(kind) }
        return true
    }

    @unsafe private static func isKey(_ bytes: UnsafeBufferPointer<UInt8>, _ field: FieldLine) -> Bool {
        unsafe ASCII.equalsIgnoringCase(slice(bytes, field.name, field.nameLength).span, "sec-websocket-key")
    }

    @unsafe private static func slice(_ b: UnsafeBufferPointer<UInt8>, _ start: Int32, _ length: Int32) -> UnsafeBufferPointer<
        UInt8
    > {
        unsafe UnsafeBufferPointer(rebasing: b[Int(start)..<(Int(start) &+ Int(length))])
    }

    // MARK: Bodies

    /// Sends bytes of a body whose head said that one follows.
    ///
    /// - Parameter isLast: the body ends with these bytes, if all of them are taken.
    /// - Returns: how many bytes were taken. Fewer than were given when the windows are used up (`isBlocked`; a `windowOpened` event follows), or
    ///   when the wire is full (send what is pending, and go on). All of them when the stream is gone, which its `closed` event says.
    public func data(_ stream: HTTP2Stream, _ bytes: borrowing Span<UInt8>, isLast: Bool = false) -> Int {
        guard let row = live(stream), core.rows[row].isSending, !core.rows[row].endWanted else { return bytes.count }
        guard bytes.count > 0 else {
            if isLast { end(stream) }
            return 0
        }
        unblock(row)
        let taken = unsafe bytes.withUnsafeBufferPointer { offered in
            unsafe state.offer = HTTP2Offer(row: row, bytes: offered, isLast: isLast)
            unsafe _ = nghttp2_session_resume_data(session, core.rows[row].id)
            pump()
            defer { state.offer = HTTP2Offer() }
            return state.offer.taken
        }
        guard core.rows.isCurrent(stream.handle), !core.rows[row].isClosed else { return bytes.count }
        if taken < bytes.count, window(row) <= 0 {
            core.rows[row].isBlocked = true
            state.blockedStreams &+= 1
        }
        return taken
    }

    /// The owner waits for the peer to open a window: a peer that never does is for a timer of the owner's.
    public func isBlocked(_ stream: HTTP2Stream) -> Bool {
        core.rows.isCurrent(stream.handle) && core.rows[stream.handle.index].isBlocked
    }

    /// Bytes that the peer takes on a stream now.
    func window(_ row: Int32) -> Int {
        let ofStream = unsafe nghttp2_session_get_stream_remote_window_size(session, core.rows[row].id)
        return unsafe Int(min(ofStream, nghttp2_session_get_remote_window_size(session)))
    }

    /// Ends a body. It is said once windows allow, without further ado.
    public func end(_ stream: HTTP2Stream) {
        guard let row = live(stream), core.rows[row].isSending, !core.rows[row].endWanted else { return }
        core.rows[row].endWanted = true
        unsafe _ = nghttp2_session_resume_data(session, core.rows[row].id)
        pump()
    }

    /// Ends a body, all of whose bytes were taken, with trailers: field lines and the empty line, as HTTP/1.1 sends them. Fields that may not
    /// stand in trailers are left out.
    ///
    /// - Returns: false when the text is no trailer section, and nothing was sent.
    public func trailers(_ stream: HTTP2Stream, _ text: borrowing Span<UInt8>) -> Bool {
        var facts = FieldFacts()
        guard TrailerParser.parse(text, limits: core.sending, core.fields, &facts) == .complete else { return false }
        guard let row = live(stream), core.rows[row].isSending, !core.rows[row].endWanted else { return true }
        let count = unsafe text.withUnsafeBufferPointer { bytes in
            core.lines.begin()
            unsafe addFields(bytes, core.fields, Int(facts.count), .trailers)
            return unsafe core.lines.withLines { lines, count in
                if count > 0, unsafe nghttp2_submit_trailer(session, core.rows[row].id, lines, count) != 0 {
                    state.defect = .exhausted
                }
                return count
            }
        }
        guard count > 0 else {
            end(stream)
            return true
        }
        core.rows[row].isSending = false
        pump()
        return true
    }

    // MARK: Ends

    /// Gives a stream up. Its `closed` event follows.
    public func reset(_ stream: HTTP2Stream, _ code: HTTP2Code) {
        guard let row = live(stream) else { return }
        core.rows[row].isResetByOwner = true
        unsafe _ = nghttp2_submit_rst_stream(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), core.rows[row].id, code.rawValue)
        pump()
    }

    /// Begins a graceful end in two steps (RFC 9113 section 6.8): says that no more streams are wanted, and asks for a sign that this was read; when
    /// it comes, which streams were accepted is said. Until then new streams still come. An owner that hears nothing calls `finish`.
    public func drain() {
        guard state.failure == nil, !state.isDraining else { return }
        state.isDraining = true
        guard state.isServer else { return finish(.noError) }
        unsafe _ = nghttp2_submit_shutdown_notice(session)
        submitPing(Self.drainMark)
        pump()
    }

    /// Takes no new streams from now on. With an error code, says so and gives up those that run.
    public func finish(_ code: HTTP2Code) {
        guard state.failure == nil else { return }
        if code == .noError {
            let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
            unsafe _ = nghttp2_submit_goaway(session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, code.rawValue, nil, 0)
        } else {
            unsafe _ = nghttp2_session_terminate_session(session, code.rawValue)
        }
        pump()
    }

    /// The session has said and heard all: send what is pending, and close the connection.
    public var isOver: Bool {
        unsafe state.failure != nil || (nghttp2_session_want_read(session) == 0 && nghttp2_session_want_write(session) == 0)
    }

    /// Asks for a sign of life, which is a `pong` event.
    public func ping() {
        guard state.failure == nil else { return }
        submitPing(Self.lifeMark)
        pump()
    }

    static let drainMark: UInt64 = 0x6472_6169_6e00_0001
    static let lifeMark: UInt64 = 0x6c69_6665_0000_0001

    private func submitPing(_ mark: UInt64) {
        var mark = mark
        unsafe withUnsafeBytes(of: &mark) {
            unsafe _ = nghttp2_submit_ping(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), $0.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
    }

    // MARK: The wire

    /// There is more to send than the wire could hold: send what is pending, then `pump`.
    public var wantsToSend: Bool { unsafe state.failure == nil && nghttp2_session_want_write(session) != 0 }

    /// Moves what nghttp2 has to say into the wire, as far as there is room. All other calls do so by themselves.
    public func pump() {
        guard state.failure == nil else { return }
        while core.outputCount &+ HTTP2Core.longestPiece <= core.output.capacity {
            var piece: UnsafePointer<UInt8>?
            let count = unsafe nghttp2_session_mem_send(session, &piece)
            state.isBetweenFrames = count == 0
            if count < 0 { state.defect = .exhausted }
            guard count > 0, let start = unsafe piece else { break }
            let bytes = unsafe Span(_unsafeStart: start, count: count)
            core.outputCount = core.output.write(bytes, at: core.outputCount)
        }
        if state.isBorrowing {
            state.isBorrowing = false
            // It would read what is no longer there.
            if unsafe nghttp2_session_get_outbound_queue_size(session) > 0 { return die(.exhausted, false) }
        }
        if let defect = state.defect { return die(defect, false) }
        if let told = state.goawaySent, told != 0 { die(.brokeProtocol(HTTP2Code(rawValue: told)), false) }
    }
}
