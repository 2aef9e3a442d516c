import Base
import CNGHTTP2

/// What a session keeps at its address. It is reached through the address only, one field at a time: nghttp2's callbacks change it while calls
/// of the owner are under way.
@safe struct HTTP2State {
    let core: UnsafeMutablePointer<HTTP2Core>
    let isServer: Bool
    var session: OpaquePointer?
    var budget: HTTP2Budget
    var now = Instant.zero
    var events = HTTP2Queue()
    /// The first of this session's rows.
    var streams: Int32 = -1
    var openStreams: UInt32 = 0
    /// The stream that was looked for last, and its row: most calls come several times for one stream.
    var foundStream: Int32 = 0
    var foundRow: Int32 = -1
    /// Streams that wait for a window.
    var blockedStreams = 0

    // Receiving.
    /// Address of the first byte that `receive` was given.
    var input: UInt = 0
    /// A header block has begun and not ended; the stage holds it, or between calls `kept`.
    var isInBlock = false
    var blockStream: Int32 = 0
    var continuations = 0
    var kept: UnsafeMutableRawPointer?
    var isPaused = false
    var mayPause = true

    /// The highest number of a stream that the peer began.
    var newestStream: Int32 = 0

    // Sending.
    var offer = HTTP2Offer()
    /// The frame that is made next is of lines that nghttp2 did not copy.
    var isBorrowing = false
    /// nghttp2 had nothing more to say: no frame is half written.
    var isBetweenFrames = true
    var goawayReceived = false
    /// The peer's settings came.
    var knowsPeer = false
    var goawaySent: UInt32?
    var isDraining = false

    /// Noticed in a callback; the session dies when the call is over.
    var defect: HTTP2Failure?
    var failure: HTTP2Failure?

    init(_ settings: HTTP2Settings, core: UnsafeMutablePointer<HTTP2Core>, isServer: Bool) {
        unsafe self.core = core
        self.isServer = isServer
        budget = HTTP2Budget(streams: settings.wastedStreams, frames: settings.chatter)
    }
}

/// The bytes of the `data` call that is under way.
@safe struct HTTP2Offer {
    var row: Int32 = -1
    var bytes = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    var taken = 0
    var isLast = false
}
