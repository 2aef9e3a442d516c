import Base
import CNGHTTP2

/// The memory between nghttp2 and the connections of one thread: text of heads that came, and frames that are to go.
///
/// After each call of an `HTTP2Session`, the owner sends or keeps what is `pending`, and calls `sent`. Sessions hold the wire's address, so it
/// must outlive them.
@safe public struct HTTP2Wire: ~Copyable {
    let core: UnsafeMutablePointer<HTTP2Core>

    /// Bytes that one call of `HTTP2Session.data` takes at most when nothing was pending.
    public static let longestWrite = 65_536

    /// - Parameters:
    ///   - limits: bounds of heads, in both directions.
    ///   - maxStreams: streams of all sessions together; they cost memory when they are used.
    public init(limits: HeadLimits, maxStreams: Int = 65_536) {
        unsafe core = .allocate(capacity: 1)
        unsafe core.initialize(to: HTTP2Core(limits: limits, maxStreams: maxStreams))
    }

    deinit {
        unsafe core.deinitialize(count: 1)
        unsafe core.deallocate()
    }

    /// The text of a head or trailer section.
    @_lifetime(borrow self)
    public func text(_ range: Range<Int>) -> Span<UInt8> {
        unsafe _overrideLifetime(core.pointee.text[range], borrowing: self)
    }

    /// What is to be sent now.
    public var pending: Span<UInt8> {
        @_lifetime(borrow self) get {
            unsafe _overrideLifetime(core.pointee.output[0..<core.pointee.outputCount], borrowing: self)
        }
    }

    /// All that was pending was sent or kept.
    public func sent() { unsafe core.pointee.outputCount = 0 }

    /// Memory of the sessions, for metrics and tests.
    public var memory: Memory {
        unsafe Memory(
            systemCalls: core.pointee.pool.pointee.system_calls, held: Int(core.pointee.pool.pointee.held),
            used: Int(core.pointee.pool.pointee.used), streams: core.pointee.rows.count)
    }

    public struct Memory: Sendable, Equatable {
        /// How often the system was asked for memory, ever.
        public var systemCalls: UInt64
        /// Bytes that the system gave, and bytes of these in use.
        public var held: Int
        public var used: Int
        /// Streams that are open, or whose end was not read yet.
        public var streams: Int
    }

    /// Gives memory of sessions back to the system that nobody needed since the last time.
    public func trim() { unsafe cpool_trim(core.pointee.pool) }
}
