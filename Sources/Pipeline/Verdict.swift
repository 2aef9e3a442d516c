/// What a filter decided. Trivial data: passing one around counts no references.
public enum Verdict {
    /// On to the next filter.
    case proceed
    /// Answer now; no later filter and no upstream sees the request.
    case respond(LocalReply)
    /// Perform the effect, then call this filter's `onEffect`.
    case wait(for: Effect)
    /// Buffer the body up to that many bytes before going on; 413 past the bound.
    case hold(upTo: Int)
}

/// An answer that the gateway gives itself. Its header fields are response edits of the exchange.
public struct LocalReply: Sendable, BitwiseCopyable {
    public enum Body: Sendable, BitwiseCopyable {
        /// The engine's own short text or JSON for the reason.
        case standard
        case none
        case bytes(ByteRef)
        /// Pulled from a source that the engine knows by handle (a cache entry, a file).
        case source(Int32)
    }
    public var status: UInt16
    public var reason: Reason
    public var contentType: ByteRef
    public var body: Body
    /// The connection is closed after the answer.
    public var closes = false

    @inlinable public init(status: UInt16, reason: Reason, contentType: ByteRef = .nothing, body: Body = .standard) {
        self.status = status
        self.reason = reason
        self.contentType = contentType
        self.body = body
    }

    /// The standard answer for a reason, with the status that `Reason` gives it.
    @inlinable public init(_ reason: Reason) { self.init(status: reason.status, reason: reason) }
}

/// Work that a filter asks the engine to do for it: policies do no I/O themselves.
///
/// Every effect has a deadline and belongs to its exchange: it dies with it, and its outcome comes back on the same worker.
@safe public struct Effect {
    @safe public enum Kind {
        /// A request of our own to a cluster; `head` is the serialised request, `body` its body.
        case subrequest(cluster: Int32, head: ByteRef, body: ByteRef)
        /// A command for a shared store (Redis), as RESP bytes.
        case store(command: ByteRef)
        case sleep
        /// Work of more than 200 microseconds, done by a helper thread. The engine takes over the +1 reference and releases it.
        case compute(Unmanaged<ComputeJob>)
        /// Waits for the exchange that leads this key; the first to join leads and is called back at once.
        case join(key: UInt64)
    }
    public var kind: Kind
    /// Nanoseconds from now; for `sleep` its length.
    public var timeout: UInt64

    public init(_ kind: Kind, timeout: UInt64) {
        self.kind = kind
        self.timeout = timeout
    }
}

/// A piece of computation for the helper threads; `run` reads and writes only this object.
open class ComputeJob: @unchecked Sendable {
    // Unchecked: handed from worker to helper and back, never shared between them.
    public init() {}
    open func run() {}
}

/// How an effect ended.
public enum EffectOutcome: Sendable, BitwiseCopyable {
    /// A subrequest's or store's answer; its bytes lie in the exchange's own text. `status` is 0 for a store.
    case answered(status: UInt16, body: ByteRef)
    case slept
    case computed
    /// First to join: does the work for the others.
    case leads
    /// The leader is done.
    case followed
    case failed(Reason)
    case timedOut
}
