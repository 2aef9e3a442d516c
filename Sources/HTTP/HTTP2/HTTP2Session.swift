public import Base
import CNGHTTP2

/// One end of an HTTP/2 connection, over an `HTTP2Wire`: plain data that a row can hold. Whoever made it frees it, once.
///
/// Bytes go in with `receive`, and out through what is pending in the wire after each call; what happened is read with `next`, also after calls
/// that send. Used by the wire's thread only. What nghttp2 calls back becomes an event and nothing else.
@safe public struct HTTP2Session: Sendable, BitwiseCopyable {
    /// Address of the state, or 0.
    let address: UInt

    init(address: UInt) { self.address = address }

    public static let none = HTTP2Session(address: 0)

    public var isPresent: Bool { address != 0 }

    var state: HTTP2State {
        unsafeAddress { unsafe UnsafePointer(pointer) }
        nonmutating unsafeMutableAddress { unsafe pointer }
    }

    private var pointer: UnsafeMutablePointer<HTTP2State> {
        guard let pointer = unsafe UnsafeMutablePointer<HTTP2State>(bitPattern: address) else {
            preconditionFailure("a session is used between its making and its freeing")
        }
        return unsafe pointer
    }

    var core: HTTP2Core {
        unsafeAddress { unsafe UnsafePointer(pointer.pointee.core) }
        nonmutating unsafeMutableAddress { unsafe pointer.pointee.core }
    }

    /// nghttp2's object; nil when the session is dead.
    var session: OpaquePointer? { unsafe state.session }

    // MARK: - Life

    /// The server's end. Its settings are pending in the wire; `none` without memory.
    public static func accept(_ settings: HTTP2Settings, _ wire: borrowing HTTP2Wire) -> HTTP2Session {
        make(settings, wire, isServer: true)
    }

    /// The client's end, likewise; the preface that names the protocol comes before the settings.
    public static func connect(_ settings: HTTP2Settings, _ wire: borrowing HTTP2Wire) -> HTTP2Session {
        make(settings, wire, isServer: false)
    }

    private static func make(_ settings: HTTP2Settings, _ wire: borrowing HTTP2Wire, isServer: Bool) -> HTTP2Session {
        let pool = unsafe wire.core.pointee.pool
        guard let memory = unsafe cpool_take(pool, MemoryLayout<HTTP2State>.stride) else { return none }
        unsafe memory.bindMemory(to: HTTP2State.self, capacity: 1).initialize(
            to: HTTP2State(settings, core: wire.core, isServer: isServer))
        let made = HTTP2Session(address: UInt(bitPattern: memory))
        var session: OpaquePointer?
        var allocator = unsafe cnghttp2_memory(pool)
        let core = unsafe wire.core
        let create = unsafe isServer ? nghttp2_session_server_new3 : nghttp2_session_client_new3
        let status = unsafe create(&session, core.pointee.callbacks, memory, core.pointee.options, &allocator)
        guard status == 0 else {
            unsafe cpool_give(pool, memory)
            return none
        }
        unsafe made.state.session = session
        unsafe made.greet(settings, core.pointee.limits)
        return made
    }

    private func greet(_ settings: HTTP2Settings, _ limits: HeadLimits) {
        var entries = [5 of nghttp2_settings_entry](repeating: nghttp2_settings_entry())
        var count = 0
        func add(_ id: nghttp2_settings_id, _ value: UInt32) {
            entries[count] = nghttp2_settings_entry(settings_id: Int32(id.rawValue), value: value)
            count += 1
        }
        add(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(settings.streamWindow))
        add(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, UInt32(limits.bytes))
        if state.isServer {
            add(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.maxStreams)
            if settings.takesWebSockets { add(NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1) }
        } else {
            add(NGHTTP2_SETTINGS_ENABLE_PUSH, 0)
        }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        unsafe entries.span.withUnsafeBufferPointer {
            unsafe _ = nghttp2_submit_settings(session, none, $0.baseAddress, count)
        }
        unsafe _ = nghttp2_session_set_local_window_size(session, none, 0, settings.connectionWindow)
        pump()
    }

    /// Ends the session and all of its streams without a word: `finish` says one.
    public func free() {
        unsafe nghttp2_session_del(state.session)
        unsafe state.session = nil
        let pool = unsafe core.pool
        while state.streams >= 0 { forget(state.streams) }
        unsafe state.events.clear(pool)
        unsafe cpool_give(pool, state.kept)
        unsafe cpool_give(pool, UnsafeMutableRawPointer(bitPattern: address))
    }

    // MARK: - What comes

    /// Takes bytes that came. Read all events with `next` before these bytes go, and before `receive` is called anew.
    ///
    /// - Parameter now: for the budgets.
    /// - Returns: how many bytes were taken: at least one, and fewer than were given when so much happened that the events must be read first.
    ///   All of them when the session is dead.
    public func receive(_ bytes: borrowing Span<UInt8>, now: Instant) -> Int {
        guard state.failure == nil, bytes.count > 0 else { return bytes.count }
        precondition(state.events.isEmpty, "events are read before more bytes are received")
        state.now = now
        core.textCount = 0
        takeUpBlock()
        let count = min(bytes.count, Self.longestRead)
        let taken = unsafe bytes.withUnsafeBufferPointer { unsafe feed($0.baseAddress, count) }
        settle(taken)
        putDownBlock()
        return taken < 0 ? bytes.count : taken
    }

    /// What one `receive` takes at most: this bounds the events that are kept, since each costs its sender some bytes.
    public static let longestRead = 16_384 + 9

    @unsafe private func feed(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int {
        state.input = UInt(bitPattern: start)
        defer { state.input = 0 }
        state.isPaused = false
        state.mayPause = true
        let taken = unsafe nghttp2_session_mem_recv(session, start, count)
        guard state.isPaused, taken == count, let start = unsafe start else { return taken }
        // Nothing may be left to do when all bytes are taken: the block that made us pause is ended now, for which there is room.
        state.mayPause = false
        let rest = unsafe nghttp2_session_mem_recv(session, start + count, 0)
        return rest < 0 ? rest : taken
    }

    /// The next event; nil when there is none.
    public func next() -> HTTP2Event? {
        guard let entry = unsafe state.events.next(core.pool) else { return nil }
        let stream = entry.row >= 0 ? self.stream(entry.row) : .none
        switch entry.kind {
        case .head: return entry.head.map { .head(stream, $0) }
        case .data: return .data(stream, entry.range)
        case .trailers: return .trailers(stream, entry.range)
        case .end: return .end(stream)
        case .reset: return .reset(stream, HTTP2Code(rawValue: entry.code))
        case .windowOpened: return .windowOpened(stream)
        case .closed:
            takeBackWindow(entry.row)
            forget(entry.row)
            return .closed(stream, HTTP2Code(rawValue: entry.code))
        case .goaway: return .goaway(HTTP2Code(rawValue: entry.code))
        case .pong: return .pong
        case .failed: return state.failure.map { .failed($0) }
        }
    }

    // MARK: - Streams

    /// Streams that are open on the wire: without any, the session is idle.
    public var openStreams: Int { Int(state.openStreams) }

    /// Attaches a number of the owner's, which later events of the stream carry.
    public func tag(_ stream: HTTP2Stream, _ tag: Int32) {
        guard core.rows.isCurrent(stream.handle) else { return }
        core.rows[stream.handle.index].tag = tag
    }

    /// The owner has passed on `count` bytes of what `data` events brought: the peer may send as many more. What is left of a stream when it closes
    /// is counted by itself.
    public func consumed(_ stream: HTTP2Stream, _ count: Int) {
        guard core.rows.isCurrent(stream.handle), state.failure == nil else { return }
        let row = stream.handle.index
        let n = min(count, Int(core.rows[row].unconsumed))
        guard n > 0 else { return }
        core.rows[row].unconsumed &-= Int32(truncatingIfNeeded: n)
        unsafe _ = nghttp2_session_consume(session, stream.id, n)
        pump()
    }

    private func takeBackWindow(_ row: Int32) {
        let n = Int(core.rows[row].unconsumed)
        guard n > 0, state.failure == nil else { return }
        core.rows[row].unconsumed = 0
        unsafe _ = nghttp2_session_consume_connection(session, n)
        pump()
    }
}
