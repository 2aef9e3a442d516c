public import Base

/// One request and its answer, between two ends. Plain data by handle; what it owns (edits, state slots) is raw storage that is
/// kept from request to request, so that an exchange in a slab is reset and never rebuilt.
@safe public struct Exchange: ~Copyable {
    public enum Scheme: UInt8, Sendable, BitwiseCopyable { case http, https }

    /// What the client speaks.
    public enum Version: UInt8, Sendable, BitwiseCopyable {
        case http10, http11, http2
        /// Of nobody's concern: all of a connection, one that begins with a TLS handshake, or the datagrams of a client.
        case tcp, tls, udp

        public var text: StaticString {
            switch self {
            case .http10: "HTTP/1.0"
            case .http11: "HTTP/1.1"
            case .http2: "HTTP/2"
            case .tcp: "tcp"
            case .tls: "tls-passthrough"
            case .udp: "udp"
            }
        }

        /// Whether there is no request: bytes or datagrams are passed on as they are.
        @inlinable public var isSession: Bool { rawValue >= Self.tcp.rawValue }
    }

    /// What became of a second try that began before the first had failed.
    public enum Hedge: UInt8, Sendable, BitwiseCopyable {
        /// There was none.
        case none
        /// It was of no use.
        case lost
        /// The answer is its own.
        case won
    }

    // MARK: Who asks
    public var client = IPAddress(high: 0, low: 0)
    public var clientPort: UInt16 = 0
    public var scheme = Scheme.http
    public var version = Version.http11
    /// Index of the plan's listener.
    public var listener: Int32 = -1
    public var requestID = RequestID()

    // MARK: Where it goes (handles are -1 until known)
    /// The entry that matched: a handle of the plan (see Engine's `Plan`).
    public var entry: Int32 = -1
    public var rule: Int32 = -1
    /// Index of the arm in its rule's split, and of the backend in its arm.
    public var arm: Int16 = -1
    public var backend: Int16 = -1
    /// Index of the cluster in the cell registry.
    public var cluster: Int32 = -1
    /// What ties the client to an arm: equal for its requests, in every worker and replica. 0: nothing does.
    public var ticket: UInt64 = 0
    public var endpoint = EndpointHandle.none
    /// The metric series of the rule: stays valid when the plan is given up.
    public var series: Int32 = -1
    /// The series of the Service that the request was for, where a Rollout divides its requests.
    public var detourSeries: Int32 = -1
    /// Bytes of the canonical path that a prefix match covered, for prefix rewrites; the whole path for an exact match.
    public var matchedPrefixLength: Int32 = 0

    // MARK: How it went
    public var status: UInt16 = 0
    public var reason = Reason.ok
    /// The status is our own answer's.
    public var isLocal = false
    public var tries: UInt8 = 0
    public var hedge = Hedge.none
    public var times = Times()
    public var bytes = Bytes()
    /// Nanoseconds since 1970 when the request was matched; 0 where no filter wants to know.
    public var wall: UInt64 = 0

    // MARK: What filters leave behind
    public var edits = Edits()
    /// Position in the filter chain of the filter that is being called: it names the state slot.
    public var slot: Int = 0
    @usableFromInline var slots: UnsafeMutableBufferPointer<StateSlot>

    public init() { unsafe slots = .init(start: nil, count: 0) }

    deinit { unsafe slots.deallocate() }

    /// Ready for the next request. Call `prepareSlots` once its filters are known.
    public mutating func reset() {
        client = IPAddress(high: 0, low: 0)
        clientPort = 0
        scheme = .http
        version = .http11
        listener = -1
        requestID = RequestID()
        entry = -1
        rule = -1
        arm = -1
        backend = -1
        cluster = -1
        ticket = 0
        endpoint = .none
        series = -1
        detourSeries = -1
        matchedPrefixLength = 0
        status = 0
        reason = .ok
        isLocal = false
        tries = 0
        hedge = .none
        times = Times()
        bytes = Bytes()
        wall = 0
        edits.reset()
        slot = 0
    }
}

// MARK: - Parts

extension Exchange {
    /// Names the request in logs and in the `x-request-id` that goes upstream.
    public struct RequestID: Sendable, BitwiseCopyable {
        public var high: UInt64 = 0
        public var low: UInt64 = 0
        /// Index of the client's own request-id field where that one is kept, else -1.
        public var field: Int32 = -1
        @inlinable public init() {}
    }

    /// Monotonic instants; zero where the step did not happen.
    public struct Times: Sendable {
        /// First byte of the request head.
        public var start = Instant.zero
        /// The request's last byte was read.
        public var requestEnd = Instant.zero
        /// The last try began.
        public var tryStart = Instant.zero
        public var connected = Instant.zero
        /// First byte of the upstream's answer.
        public var responseStart = Instant.zero
        /// The answer's last byte was handed to the socket.
        public var end = Instant.zero
        @inlinable public init() {}
    }

    /// Bytes on the client's side, heads included.
    public struct Bytes: Sendable, BitwiseCopyable {
        public var received: UInt64 = 0
        public var sent: UInt64 = 0
        @inlinable public init() {}
    }
}

/// An endpoint in the cell registry: the slot's index and the generation that tells its occupants apart.
public struct EndpointHandle: Hashable, Sendable, BitwiseCopyable {
    public var index: Int32
    public var generation: UInt32

    @inlinable public init(index: Int32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    public static let none = EndpointHandle(index: -1, generation: 0)
    @inlinable public var isPresent: Bool { index >= 0 }
}

// MARK: - State of filters

/// Sixteen bytes that a filter keeps in the exchange between its calls. Zero when the request begins.
public struct StateSlot: Sendable, BitwiseCopyable {
    public var a: UInt64
    public var b: UInt64

    @inlinable public init(a: UInt64 = 0, b: UInt64 = 0) {
        self.a = a
        self.b = b
    }
}

extension Exchange {
    /// Makes `count` zeroed slots, one for each filter of the chain.
    @inlinable public mutating func prepareSlots(_ count: Int) {
        if unsafe count > slots.count { growSlots(count) }
        for i in 0..<count { unsafe slots[i] = StateSlot() }
    }

    @usableFromInline mutating func growSlots(_ count: Int) {
        let grown = UnsafeMutableBufferPointer<StateSlot>.allocate(capacity: max(16, count))
        unsafe grown.initialize(repeating: StateSlot())
        // Backend filters join after the rule's filters ran: what those left behind stays.
        for i in unsafe slots.indices { unsafe grown[i] = slots[i] }
        unsafe slots.deallocate()
        unsafe slots = grown
    }

    /// Zeroes the slots from `first` on, when a backend's own filters join the chain.
    public mutating func prepareSlots(from first: Int, to count: Int) {
        if unsafe count > slots.count { growSlots(count) }
        for i in first..<max(first, count) { unsafe slots[i] = StateSlot() }
    }

    /// The state of the filter that is being called.
    @inlinable public var state: StateSlot {
        get {
            precondition(unsafe slot >= 0 && slot < slots.count, "slots are prepared before filters run")
            return unsafe slots[slot]
        }
        set {
            precondition(unsafe slot >= 0 && slot < slots.count, "slots are prepared before filters run")
            unsafe slots[slot] = newValue
        }
    }
}
