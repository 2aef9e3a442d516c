import Base
import CNGHTTP2

/// What the sessions of one thread share. It lies at one address, since nghttp2's callbacks reach it through their sessions.
@safe struct HTTP2Core: ~Copyable {
    /// Before the others: the compiler, asked for the thread sanitizer, takes the first member for the address of what is changed within `rows`.
    let pool: UnsafeMutablePointer<cpool>
    let limits: HeadLimits
    /// Bounds of heads that go out: as they came, and what was added on the way.
    let sending: HeadLimits
    let callbacks: OpaquePointer?
    let options: OpaquePointer?
    let rows: Slab<HTTP2Row>
    let stage: HTTP2Stage
    /// Fields of the head that is being sent, as parsed and as nghttp2 wants them.
    let fields: FieldTable
    let lines: HTTP2Lines
    var outline: HTTP2Outline
    /// Heads that came with the last `receive`.
    let text: Buffer
    var textCount = 0
    let output: Buffer
    var outputCount = 0

    /// nghttp2 hands out pieces of at most a frame with its header and the length of padding.
    static let longestPiece = 16_384 + 10
    static let frameHeader = 9
    /// Fields that a head may have gained since it came.
    private static let addedFields = 64
    /// CONTINUATION frames of one block: with its HEADERS frame 144 KiB, compressed.
    static let longestBlock = 8
    /// The most that a `data` of `longestWrite` bytes makes, and as much again for what else there is to say.
    private static let outputSize = 2 * (HTTP2Wire.longestWrite + longestPiece)

    init(limits: HeadLimits, maxStreams: Int) {
        self.limits = limits
        sending = HeadLimits(bytes: limits.bytes &* 2, fields: limits.fields &+ Self.addedFields)
        unsafe pool = .allocate(capacity: 1)
        unsafe pool.initialize(to: cpool())
        unsafe callbacks = HTTP2Callbacks.make()
        unsafe options = Self.makeOptions(limits)
        rows = Slab(capacity: maxStreams)
        stage = HTTP2Stage(limits: limits)
        fields = FieldTable(capacity: sending.fields)
        lines = HTTP2Lines(capacity: sending.fields, names: sending.bytes)
        outline = HTTP2Outline(capacity: sending.fields)
        let outlined = HTTP2HeadText.mostOutlined * MemoryLayout<FieldLine>.stride
        text = Buffer(capacity: Self.pausingHeads * limits.bytes + limits.bytes + 1024 + 2 * outlined)
        output = Buffer(capacity: Self.outputSize)
    }

    deinit {
        unsafe nghttp2_session_callbacks_del(callbacks)
        unsafe nghttp2_option_del(options)
        unsafe cpool_empty(pool)
        unsafe pool.deallocate()
    }

    /// When the text of this many longest heads is there, the next block is the last one that is decoded before the owner reads events.
    static let pausingHeads = 2

    var isTextNearlyFull: Bool { textCount > Self.pausingHeads &* limits.bytes }

    /// The second line of defence: see `HTTP2Budget` for the first.
    private static func makeOptions(_ limits: HeadLimits) -> OpaquePointer? {
        var options: OpaquePointer?
        guard unsafe nghttp2_option_new(&options) == 0 else { return unsafe options }
        unsafe nghttp2_option_set_no_auto_window_update(options, 1)
        unsafe nghttp2_option_set_peer_max_concurrent_streams(options, 100)
        unsafe nghttp2_option_set_max_settings(options, 32)
        unsafe nghttp2_option_set_max_outbound_ack(options, 128)
        // It counts a frame again with each piece of its header that comes: we count frames ourselves.
        unsafe nghttp2_option_set_max_continuations(options, longestBlock &* frameHeader)
        unsafe nghttp2_option_set_stream_reset_rate_limit(options, 10_000, 1_000)
        unsafe nghttp2_option_set_max_send_header_block_length(options, limits.bytes &* 2)
        // Frames of unknown types are counted before they are ignored.
        for type in 0x0a...0xff { unsafe nghttp2_option_set_user_recv_extension_type(options, UInt8(type)) }
        return unsafe options
    }
}
