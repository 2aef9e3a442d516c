import Base

/// What a session knows of one of its streams.
struct HTTP2Row: SlabElement, BitwiseCopyable {
    var id: Int32 = 0
    var tag: Int32 = -1
    /// The session's streams are a list.
    var previous: Int32 = -1
    var next: Int32 = -1
    /// Bytes of the body that were handed out and not yet taken.
    var unconsumed: Int32 = 0
    /// The owner has heard of it.
    var isAnnounced = false
    /// A head that is not an interim one came: what comes now are trailers.
    var hasHead = false
    /// nghttp2 has forgotten it.
    var isClosed = false
    /// Our head went out, and no other may.
    var isAnswered = false
    /// Our head went out, and a body may follow.
    var isSending = false
    /// The owner has no more bytes; the end goes out when the windows let it.
    var endWanted = false
    /// The owner was told that nothing fits, and waits for a window.
    var isBlocked = false
    /// Its head never went out: the peer takes no more streams.
    var isUnsent = false
    /// We gave it up for a reason of our own.
    var isResetByOwner = false
    var isWebSocket = false

    init() {}
}
