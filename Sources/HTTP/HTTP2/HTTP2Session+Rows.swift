import Base
import CNGHTTP2

// Rows, events, and the block that is being decoded.
extension HTTP2Session {
    func stream(_ row: Int32) -> HTTP2Stream {
        HTTP2Stream(handle: core.rows.handle(row), id: core.rows[row].id, tag: core.rows[row].tag)
    }

    /// A row at the head of the session's list; nil when the wire's streams are used up.
    func newRow(_ id: Int32) -> Int32? {
        guard let row = core.rows.take() else { return nil }
        core.rows[row] = HTTP2Row()
        core.rows[row].id = id
        let first = state.streams
        core.rows[row].next = first
        if first >= 0 { core.rows[first].previous = row }
        state.streams = row
        state.openStreams &+= 1
        return row
    }

    func forget(_ row: Int32) {
        let (previous, next) = (core.rows[row].previous, core.rows[row].next)
        if previous >= 0 { core.rows[previous].next = next } else { state.streams = next }
        if next >= 0 { core.rows[next].previous = previous }
        close(row)
        if state.foundRow == row { state.foundStream = 0 }
        core.rows.give(row)
    }

    /// nghttp2 has no such stream any longer.
    func close(_ row: Int32) {
        unblock(row)
        guard !core.rows[row].isClosed else { return }
        core.rows[row].isClosed = true
        state.openStreams &-= 1
    }

    func unblock(_ row: Int32) {
        guard core.rows[row].isBlocked else { return }
        core.rows[row].isBlocked = false
        state.blockedStreams &-= 1
    }

    /// The row that nghttp2 keeps for a stream: its index and one, so that 0 is none.
    func row(_ id: Int32) -> Int32? {
        if id == state.foundStream, id > 0 { return state.foundRow }
        return findRow(id)
    }

    private func findRow(_ id: Int32) -> Int32? {
        let place = unsafe UInt(bitPattern: nghttp2_session_get_stream_user_data(session, id))
        guard place > 0 else { return nil }
        state.foundStream = id
        state.foundRow = Int32(truncatingIfNeeded: place &- 1)
        return state.foundRow
    }

    static func place(_ row: Int32) -> UnsafeMutableRawPointer? { unsafe UnsafeMutableRawPointer(bitPattern: UInt(row) &+ 1) }

    /// The row of a stream that still is.
    func live(_ stream: HTTP2Stream) -> Int32? {
        guard state.failure == nil, core.rows.isCurrent(stream.handle), !core.rows[stream.handle.index].isClosed else {
            return nil
        }
        return stream.handle.index
    }

    func note(_ entry: HTTP2Queue.Entry) {
        if unsafe !state.events.append(entry, core.pool) { state.defect = .exhausted }
    }

    // MARK: The block

    /// Brings back to the stage what an earlier `receive` left there.
    func takeUpBlock() {
        core.stage.begin()
        guard let kept = unsafe state.kept else { return }
        unsafe core.stage.restore(from: kept)
        unsafe cpool_give(core.pool, kept)
        unsafe state.kept = nil
    }

    /// Keeps the fields of a block that goes on with the next bytes: the stage is another session's meanwhile.
    func putDownBlock() {
        guard state.isInBlock, state.failure == nil else { return }
        guard let memory = unsafe cpool_take(core.pool, core.stage.keptSize) else { return state.defect = .exhausted }
        unsafe core.stage.keep(in: memory)
        unsafe state.kept = memory
    }

    // MARK: The end

    /// After nghttp2 was given bytes: says what it has to say, and finds out whether the session died.
    func settle(_ taken: Int) {
        if taken < 0, state.defect == nil { state.defect = Self.failure(taken) }
        if let defect = state.defect { return die(defect, taken < 0) }
        pump()
    }

    private static func failure(_ status: Int) -> HTTP2Failure {
        switch Int32(truncatingIfNeeded: status) {
        case NGHTTP2_ERR_BAD_CLIENT_MAGIC.rawValue: .notHTTP2
        case NGHTTP2_ERR_NOMEM.rawValue: .exhausted
        case NGHTTP2_ERR_FLOODED.rawValue: .flood
        default: .brokeProtocol(.protocolError)
        }
    }

    /// - Parameter isBroken: nghttp2 must not be asked again, and the last word is written here.
    func die(_ failure: HTTP2Failure, _ isBroken: Bool) {
        guard state.failure == nil else { return }
        let code: HTTP2Code
        switch failure {
        case .wastedStreams, .flood: code = .enhanceYourCalm
        case .exhausted: code = .internalError
        case .brokeProtocol(let told): code = told
        case .notHTTP2: code = .noError
        }
        if code != .noError, state.goawaySent ?? 0 == 0 { sayGoaway(code) }
        state.failure = failure
        note(HTTP2Queue.Entry(kind: .failed))
    }

    /// GOAWAY by hand (RFC 9113 section 6.8): nghttp2 cannot be asked when it has failed. Left out in the middle of a frame.
    private func sayGoaway(_ code: HTTP2Code) {
        let at = core.outputCount
        guard state.isBetweenFrames, at &+ 17 <= core.output.capacity else { return }
        let last = unsafe UInt32(bitPattern: nghttp2_session_get_last_proc_stream_id(session))
        core.output.write("\u{0}\u{0}\u{8}\u{7}\u{0}\u{0}\u{0}\u{0}\u{0}", at: at)
        for i in 0..<4 {
            core.output[at &+ 9 &+ i] = UInt8(truncatingIfNeeded: last >> UInt32(24 &- 8 &* i))
            core.output[at &+ 13 &+ i] = UInt8(truncatingIfNeeded: code.rawValue >> UInt32(24 &- 8 &* i))
        }
        core.outputCount = at &+ 17
    }
}
