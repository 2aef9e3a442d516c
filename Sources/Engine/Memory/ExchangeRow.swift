import Base
import HTTP
import Pipeline

/// An exchange as the engine holds it: what filters see (`x`), and how far it is.
struct ExchangeRow: ~Copyable, SlabElement {
    enum Phase: UInt8 {
        case free
        /// Filters run, or one waits for an effect.
        case filtering
        /// The body is collected before filters go on.
        case holding
        /// Waits before another try.
        case backoff
        /// Waits for a connection, of which its cluster has a bounded number.
        case waiting
        case connecting
        /// The request is on its way; nothing of the answer was seen.
        case asking
        /// The answer's head was sent on.
        case answering
        /// The answer is complete, and the client has not taken all of it.
        case flushing
        case tunnel
    }

    /// The chain whose filters are running.
    enum Stage: UInt8 { case rule, backend }

    /// What the exchange is charged with at its cluster.
    struct Claims: OptionSet, BitwiseCopyable {
        let rawValue: UInt8
        static let request = Claims(rawValue: 1)
        /// It waits, and has a place in the worker's room.
        static let place = Claims(rawValue: 2)
        /// A breaker that is half open let it pass.
        static let probe = Claims(rawValue: 4)
        /// Not at its first try.
        static let retry = Claims(rawValue: 8)
    }

    var x = Exchange()
    var phase = Phase.free
    var stage = Stage.rule
    /// Streams of the two ends; the upstream's is -1 between tries.
    var downstream: Int32 = -1
    var upstream: Int32 = -1
    /// Place of the pinned plan in the worker's list, or -1.
    var plan: Int32 = -1

    // MARK: The request's head, in one block: bytes, then field lines
    var head = Block.none
    var headLength: Int32 = 0
    var fieldsAt: Int32 = 0
    var request = ParsedRequest()
    /// Bytes of the protocol's name that a session's client offers, behind the host's.
    var applicationLength: Int32 = 0
    var isHead = false
    var isIdempotent = false
    /// The client asked to speak WebSocket.
    var wantsTunnel = false
    /// An interim answer 100 was sent, or was never asked for.
    var wasContinued = true

    // MARK: Filters
    /// The filter to call next in each chain, which is how many have run.
    var ruleNext: Int32 = 0
    var backendNext: Int32 = 0
    var filtersFinished = false
    /// What the filters known so far want to be called for.
    var interests: Filter.Interests = []
    /// A call that comes as gRPC-Web and goes as gRPC, and how far its text was read.
    var web = GRPCWeb.Form.none
    var base64 = Base64Reader()
    /// Most bytes of the body that may be held; 0 when it is not.
    var holdLimit = 0

    // MARK: Tries
    var tried = Tried()
    /// Where the last try went: the endpoint's cell may have another occupant when the log line is written.
    var address = SocketAddress(IPAddress(high: 0, low: 0), 0)
    /// The endpoint that the client's cookie names, as `ClusterTies.token` does; 0 without one that counts.
    var tiedTo: UInt64 = 0
    /// The client is tied to an endpoint by a cookie of ours; and whether the last try went where it is tied to.
    var isTied = false
    var isAtTie = false
    /// The endpoint's request counter was raised.
    var isCounted = false
    var claims: Claims = []
    /// The cluster that is charged: another one may be chosen for a later try.
    var charged: Int32 = -1
    /// With which number the breaker let it pass.
    var probe: UInt8 = 0
    /// Neighbours in the room of those who wait.
    var roomNext: Int32 = -1
    var roomPrevious: Int32 = -1
    /// Further tries by the rule's retry clause, and tries because a connection could not be had or was dead.
    var ruleRetries: UInt8 = 0
    var safeRetries: UInt8 = 0
    /// Kept connections were found dead: the next try opens its own.
    var wantsFresh = false
    /// What was sent of the body, as long as it may be needed again.
    var replay = BlockChain()
    /// The body became too long to be kept.
    var isReplayLost = false
    /// The last try ended because its endpoint could not be connected to.
    var connectError: ProxyError?

    // MARK: Copies
    /// It is a copy of another exchange's request: nobody gets its answer, unless it is a hedge, whose try its original may take over.
    var isCopy = false
    var isHedge = false
    /// The hedge of this exchange, or of a hedge its original; -1 without.
    var hedge: Int32 = -1
    /// The rule mirrors, and it was not decided yet what of this request.
    var owesMirrors = false
    /// Of a copy: its mirror's place in the rule's list.
    var mirror: Int32 = -1
    /// The comparison that it takes part in, or the first of them; -1 without.
    var comparison: Int32 = -1

    // MARK: Time limits, in milliseconds of the worker's clock; 0 is none
    var requestDeadline: UInt64 = 0
    var tryDeadline: UInt64 = 0
    var idleDeadline: UInt64 = 0
    /// When it is looked how much came of the body since the last time, and how much had come then.
    var rateDeadline: UInt64 = 0
    var rateMark: UInt64 = 0
    /// The same of an answer that the client is to take, and whether something waited for it then.
    var takeDeadline: UInt64 = 0
    var takeMark: UInt64 = 0
    var wasWaitedFor = false
    /// Of one who waits for a connection.
    var waitsUntil: UInt64 = 0
    /// End of a back-off or a sleep; when one who waits looks again.
    var wakeAt: UInt64 = 0
    /// When a second endpoint is asked, if the first has not answered.
    var hedgeAt: UInt64 = 0
    /// Nanoseconds without progress.
    var idleLimit: UInt64 = 0

    // MARK: Names that outlive the plan
    var ruleName = ByteRef.nothing
    var armName = ByteRef.nothing

    init() {}

    /// It is a copy for a mirror.
    @inline(__always) var isMirror: Bool { isCopy && !isHedge }

    /// Ready for the next request; the storage of `x` is kept.
    mutating func reset() {
        x.reset()
        phase = .filtering
        stage = .rule
        downstream = -1
        upstream = -1
        plan = -1
        head = .none
        headLength = 0
        fieldsAt = 0
        request = ParsedRequest()
        applicationLength = 0
        isHead = false
        isIdempotent = false
        wantsTunnel = false
        wasContinued = true
        ruleNext = 0
        backendNext = 0
        filtersFinished = false
        interests = []
        web = .none
        holdLimit = 0
        tried = Tried()
        tiedTo = 0
        isTied = false
        isAtTie = false
        isCounted = false
        claims = []
        charged = -1
        roomNext = -1
        roomPrevious = -1
        ruleRetries = 0
        safeRetries = 0
        wantsFresh = false
        replay = BlockChain()
        isReplayLost = false
        connectError = nil
        isCopy = false
        isHedge = false
        hedge = -1
        owesMirrors = false
        mirror = -1
        comparison = -1
        requestDeadline = 0
        tryDeadline = 0
        idleDeadline = 0
        wakeAt = 0
        hedgeAt = 0
        waitsUntil = 0
        rateDeadline = 0
        rateMark = 0
        takeDeadline = 0
        takeMark = 0
        wasWaitedFor = false
        idleLimit = 0
        ruleName = .nothing
        armName = .nothing
    }
}
