import Base
import CNGHTTP2

// What nghttp2 found in the bytes that came. Everything becomes an event.
extension HTTP2Session {
    /// Each frame has its price, before it is read.
    func frameBegins(_ header: nghttp2_frame_hd) -> Int32 {
        let isBorne: Bool
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            guard !comesTooLate(header.stream_id) else { return give(up: .brokeProtocol(.protocolError)) }
            state.budget.earnHead()
            state.continuations = 0
            isBorne = true
        case NGHTTP2_DATA.rawValue:
            let isEmpty = header.length == 0 && UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue == 0
            if !isEmpty { state.budget.earnData() }
            isBorne = !isEmpty || state.budget.spend(.emptyData, at: state.now)
        case NGHTTP2_RST_STREAM.rawValue:
            guard !state.isServer || state.budget.spend(.reset, at: state.now) else { return give(up: .wastedStreams) }
            isBorne = true
        case NGHTTP2_CONTINUATION.rawValue:
            state.continuations &+= 1
            isBorne = state.continuations <= HTTP2Core.longestBlock
        case NGHTTP2_SETTINGS.rawValue: isBorne = state.budget.spend(.settings, at: state.now)
        case NGHTTP2_PING.rawValue: isBorne = state.budget.spend(.ping, at: state.now)
        case NGHTTP2_WINDOW_UPDATE.rawValue: isBorne = state.budget.spend(.windowUpdate, at: state.now)
        case NGHTTP2_PRIORITY.rawValue: isBorne = state.budget.spend(.priority, at: state.now)
        default: isBorne = state.budget.spend(.unknown, at: state.now)
        }
        return isBorne ? HTTP2Callbacks.ok : give(up: .flood)
    }

    /// A head for a stream whose number was passed over: numbers only grow (RFC 9113 section 5.1.1). nghttp2 would let it be.
    private func comesTooLate(_ id: Int32) -> Bool {
        guard state.isServer else { return false }
        let isLate = unsafe id < state.newestStream && nghttp2_session_find_stream(session, id) == nil
        state.newestStream = max(state.newestStream, id)
        return isLate
    }

    private func give(up failure: HTTP2Failure) -> Int32 {
        state.defect = failure
        return HTTP2Callbacks.failed
    }

    // MARK: Header blocks

    func blockBegins(_ header: nghttp2_frame_hd) -> Int32 {
        core.stage.begin()
        state.isInBlock = true
        state.blockStream = header.stream_id
        guard state.isServer, row(header.stream_id) == nil else { return HTTP2Callbacks.ok }
        guard let row = newRow(header.stream_id) else { return HTTP2Callbacks.resetStream }
        unsafe _ = nghttp2_session_set_stream_user_data(session, header.stream_id, Self.place(row))
        return HTTP2Callbacks.ok
    }

    func field(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) -> Int32 {
        guard core.stage.add(name, value) else {
            state.isInBlock = false
            return HTTP2Callbacks.resetStream
        }
        guard state.mayPause, core.isTextNearlyFull else { return HTTP2Callbacks.ok }
        state.isPaused = true
        state.mayPause = false
        return HTTP2Callbacks.pause
    }

    private func blockCame(_ row: Int32, endsStream: Bool) {
        let start = core.textCount
        if core.rows[row].hasHead {
            let range = HTTP2HeadText.trailers(core.stage, core.text, at: start)
            core.textCount = range.upperBound
            return note(HTTP2Queue.Entry(kind: .trailers, row: row, range: range))
        }
        var (head, end) =
            state.isServer
            ? HTTP2HeadText.request(core.stage, core.text, at: start)
            : HTTP2HeadText.response(core.stage, core.text, at: start, toWebSocket: core.rows[row].isWebSocket)
        core.textCount = end
        head.endsStream = endsStream
        core.rows[row].hasHead = state.isServer || !isInterim(head) || head.isWebSocket
        if state.isServer { core.rows[row].isWebSocket = head.isWebSocket }
        core.rows[row].isAnnounced = true
        note(HTTP2Queue.Entry(kind: .head, row: row, head: head))
    }

    /// `HTTP/1.1 1xx`
    private func isInterim(_ head: HTTP2Head) -> Bool { head.text.count > 9 && core.text[head.text.lowerBound &+ 9] == 49 }

    // MARK: Frames

    func dataCame(_ id: Int32, _ start: UInt, _ count: Int) -> Int32 {
        guard let row = row(id), count > 0 else { return HTTP2Callbacks.ok }
        core.rows[row].unconsumed &+= Int32(truncatingIfNeeded: count)
        let offset = Int(start &- state.input)
        note(HTTP2Queue.Entry(kind: .data, row: row, range: offset..<(offset &+ count)))
        return HTTP2Callbacks.ok
    }

    @unsafe func frameCame(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let header = unsafe frame.pointee.hd
        let endsStream = UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue:
            state.isInBlock = false
            if let row = row(header.stream_id) { blockCame(row, endsStream: endsStream) }
        case NGHTTP2_DATA.rawValue:
            if endsStream, let row = row(header.stream_id) { note(HTTP2Queue.Entry(kind: .end, row: row)) }
        case NGHTTP2_RST_STREAM.rawValue:
            if let row = row(header.stream_id), core.rows[row].isAnnounced {
                unsafe note(HTTP2Queue.Entry(kind: .reset, row: row, code: frame.pointee.rst_stream.error_code))
            }
        case NGHTTP2_WINDOW_UPDATE.rawValue: openWindows()
        case NGHTTP2_SETTINGS.rawValue:
            if UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue == 0 { state.knowsPeer = true }
            openWindows()
        case NGHTTP2_GOAWAY.rawValue:
            state.goawayReceived = true
            unsafe note(HTTP2Queue.Entry(kind: .goaway, code: frame.pointee.goaway.error_code))
        case NGHTTP2_PING.rawValue:
            if UInt32(header.flags) & NGHTTP2_FLAG_ACK.rawValue != 0 { unsafe pongCame(frame.pointee.ping) }
        default: break
        }
        return HTTP2Callbacks.ok
    }

    /// Tells those who wait for a window that it is open.
    private func openWindows() {
        guard state.blockedStreams > 0 else { return }
        var row = state.streams
        while row >= 0 {
            if core.rows[row].isBlocked, window(row) > 0 {
                unblock(row)
                note(HTTP2Queue.Entry(kind: .windowOpened, row: row))
            }
            row = core.rows[row].next
        }
    }

    private func pongCame(_ ping: nghttp2_ping) {
        let mark = unsafe withUnsafeBytes(of: ping.opaque_data) { unsafe $0.loadUnaligned(as: UInt64.self) }
        if mark == Self.lifeMark { return note(HTTP2Queue.Entry(kind: .pong)) }
        guard mark == Self.drainMark, state.isDraining else { return }
        let last = unsafe nghttp2_session_get_last_proc_stream_id(session)
        unsafe _ = nghttp2_submit_goaway(
            session, UInt8(NGHTTP2_FLAG_NONE.rawValue), last, HTTP2Code.noError.rawValue, nil, 0)
    }

    func streamClosed(_ id: Int32, _ code: UInt32) -> Int32 {
        // What else comes of its block is read by nghttp2 alone.
        if state.blockStream == id { state.isInBlock = false }
        guard let row = row(id) else { return HTTP2Callbacks.ok }
        unsafe _ = nghttp2_session_set_stream_user_data(session, id, nil)
        if state.foundStream == id { state.foundStream = 0 }
        if code == 0 { state.budget.earnStream() }
        close(row)
        if core.rows[row].isAnnounced {
            let told = core.rows[row].isUnsent ? HTTP2Code.refusedStream.rawValue : code
            note(HTTP2Queue.Entry(kind: .closed, row: row, code: told))
        } else {
            forget(row)
        }
        return HTTP2Callbacks.ok
    }

    // MARK: What nghttp2 sent

    /// Bytes for a DATA frame of at most `longest` bytes, and whether they are the last ones.
    func dataToSend(_ row: Int32, _ longest: Int) -> (Int, Bool) {
        let offer = state.offer
        guard offer.row == row else { return core.rows[row].endWanted ? (0, true) : (HTTP2Callbacks.deferred, false) }
        let rest = unsafe offer.bytes.count &- offer.taken
        let room = core.output.capacity &- core.outputCount &- HTTP2Core.frameHeader
        let count = min(rest, longest, room)
        guard count > 0 else { return (HTTP2Callbacks.deferred, false) }
        if count >= 1024 || count == rest {
            state.budget.earnData()
        } else if count == longest, state.isServer, !state.budget.spend(.dribble, at: state.now) {
            state.defect = .flood
        }
        return (count, offer.isLast && count == rest)
    }

    /// A DATA frame: its header and the offered bytes, straight into the wire.
    func writeData(_ header: borrowing Span<UInt8>, _ count: Int, _ row: Int32) -> Int32 {
        let at = core.output.write(header, at: core.outputCount)
        guard count > 0 else {
            core.outputCount = at
            return HTTP2Callbacks.ok
        }
        let offer = state.offer
        precondition(
            unsafe offer.row == row && count <= offer.bytes.count &- offer.taken, "a frame is as long as its body's offer")
        let bytes = unsafe offer.bytes.span.extracting(offer.taken..<(offer.taken &+ count))
        core.outputCount = core.output.write(bytes, at: at)
        state.offer.taken &+= count
        return HTTP2Callbacks.ok
    }

    @unsafe func frameSent(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let header = unsafe frame.pointee.hd
        switch UInt32(header.type) {
        case NGHTTP2_RST_STREAM.rawValue:
            let isOurs = row(header.stream_id).map { core.rows[$0].isResetByOwner } ?? false
            if !isOurs, state.isServer, !state.budget.spend(.madeReset, at: state.now) { state.defect = .wastedStreams }
        case NGHTTP2_GOAWAY.rawValue: unsafe state.goawaySent = frame.pointee.goaway.error_code
        case NGHTTP2_DATA.rawValue:
            if UInt32(header.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0, let row = row(header.stream_id) {
                core.rows[row].isSending = false
            }
        default: break
        }
        return HTTP2Callbacks.ok
    }

    /// A head that is too long once compressed, or a request that the peer will not take any more.
    @unsafe func frameNotSent(_ frame: UnsafePointer<nghttp2_frame>, _ status: Int32) -> Int32 {
        let header = unsafe frame.pointee.hd
        guard UInt32(header.type) == NGHTTP2_HEADERS.rawValue, let row = row(header.stream_id) else { return HTTP2Callbacks.ok }
        core.rows[row].isResetByOwner = true
        core.rows[row].isUnsent = status == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED.rawValue
        if state.isServer {
            unsafe _ = nghttp2_submit_rst_stream(
                session, UInt8(NGHTTP2_FLAG_NONE.rawValue), header.stream_id, HTTP2Code.internalError.rawValue)
        }
        return HTTP2Callbacks.ok
    }
}
