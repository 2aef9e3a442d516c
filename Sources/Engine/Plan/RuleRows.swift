import Base
import Graph
import Patterns
import Pipeline
import Policies
import Synchronization

/// A limit in time. Graph says: absent is the proxy's default, zero is no limit (GEP-1742).
struct TimeLimit: Equatable, BitwiseCopyable {
    private let word: UInt64

    static let unset = TimeLimit(word: .max)

    private init(word: UInt64) { self.word = word }

    init(_ duration: Duration?) { word = duration.map { min($0.wholeNanoseconds, .max - 1) } ?? .max }

    /// Nanoseconds, or nil when there is no limit.
    @inline(__always) func nanoseconds(default standard: UInt64) -> UInt64? {
        if word == .max { return standard }
        return word == 0 ? nil : word
    }
}

/// What a rule does, as plain data behind `x.rule`.
@safe struct RuleRow {
    enum Kind: UInt8 { case forward, redirect, respond, fail }
    var kind = Kind.fail
    /// Why a broken rule answers 500.
    var reason = Reason.ruleBroken
    /// What becomes of requests that come without TLS.
    var unsealed = Unsealed.served
    var name = ByteRef.nothing
    var series = SeriesSlot.none
    var chain = FilterChain.empty
    var split = SplitRow()
    // What few rules have lies elsewhere: the row takes less than half.
    var limits = Sometimes<LimitRow>.nothing
    var more = Sometimes<RuleMore>.nothing

    var request: TimeLimit { limits.value?.request ?? .unset }
    var backendRequest: TimeLimit { limits.value?.backendRequest ?? .unset }
    var streamIdle: TimeLimit { limits.value?.streamIdle ?? .unset }
    var retry: RetryRow { limits.value?.retry ?? RetryRow() }
    var hedge: HedgeRow { limits.value?.hedge ?? HedgeRow() }
    var tie: EndpointTie { limits.value?.tie ?? EndpointTie() }
    var balancer: BalancerRow? { limits.value?.balancer }
    var redirect: RedirectRow { more.value?.redirect ?? RedirectRow() }
    var response: ResponseRow { more.value?.response ?? ResponseRow() }
    var mirrors: Rows<MirrorRow> { more.value?.mirrors ?? .none }
    var callers: Int32 { more.value?.callers ?? -1 }
}

/// What rules have that answer themselves, are mirrored or are deprecated.
@safe struct RuleMore: BitwiseCopyable {
    var redirect = RedirectRow()
    var response = ResponseRow()
    var mirrors = Rows<MirrorRow>.none
    /// Where it is noted who sends its requests (see `CallerBook`), or -1.
    var callers: Int32 = -1
}

/// How long things may take, how often they are tried, and at which endpoint.
struct LimitRow: BitwiseCopyable {
    var request = TimeLimit.unset
    var backendRequest = TimeLimit.unset
    var streamIdle = TimeLimit.unset
    var retry = RetryRow()
    var hedge = HedgeRow()
    var tie = EndpointTie()
    /// nil: as the cluster does.
    var balancer: BalancerRow?
}

/// Where a rule or an arm keeps the index of its metric series, which it gets with its first request.
@safe struct SeriesSlot: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the word is atomic, and lives as long as the rule's row.
    private let index: UnsafePointer<Atomic<Int32>>?

    private init() { unsafe index = nil }

    static let none = SeriesSlot()

    /// - Parameter known: the index that the series has from earlier plans, or -1.
    init(_ known: Int32, in pool: ConstantPool) {
        let place = unsafe UnsafeMutableRawPointer(pool.add(rows: [known]))
        unsafe index = UnsafePointer(place.assumingMemoryBound(to: Atomic<Int32>.self))
    }

    /// -1 before the first request.
    @inline(__always) var value: Int32 {
        guard let index = unsafe index else { return -1 }
        return unsafe index.pointee.load(ordering: .relaxed)
    }

    /// Whoever comes second writes the same.
    func set(_ series: Int32) { unsafe index?.pointee.store(series, ordering: .relaxed) }
}

/// When a try may be followed by another.
struct RetryRow: BitwiseCopyable {
    /// Further tries after the first; 0 without a retry clause.
    var attempts: UInt8 = 0
    var budgetPercent: UInt8 = 0
    /// Nanoseconds before the first retry.
    var backoff: UInt64 = 0
    /// Statuses 400 to 655 that ask for another try.
    private var codes = SIMD4<UInt64>(repeating: 0)

    init() {}

    init(_ retry: Retry) {
        attempts = UInt8(clamping: max(0, retry.attempts))
        budgetPercent = UInt8(clamping: min(100, max(0, retry.budgetPercent)))
        backoff = retry.backoff.wholeNanoseconds
        for code in retry.codes where (400..<656).contains(code) { codes[(code - 400) / 64] |= 1 << UInt64((code - 400) % 64) }
    }

    func retries(_ status: UInt16) -> Bool {
        guard status >= 400, status < 656 else { return false }
        let bit = Int(status) - 400
        return codes[bit / 64] & (1 << UInt64(bit % 64)) != 0
    }
}

/// When a second endpoint is asked before the first has failed.
struct HedgeRow: BitwiseCopyable {
    /// Milliseconds from a try's beginning; 0 for never.
    var after: UInt32 = 0
    /// Of the cluster's requests, at most.
    var percent: UInt8 = 0

    init() {}

    init(_ hedge: Hedge) {
        after = UInt32(clamping: max(1, hedge.after.wholeNanoseconds / 1_000_000))
        percent = UInt8(clamping: min(100, max(0, hedge.maxPercent)))
    }
}

/// How endpoints are chosen, whatever the cluster's balancer is.
struct BalancerRow: BitwiseCopyable {
    var balancer: Cluster.Balancer
    var key: RequestKey
    /// Of the header, cookie or parameter that is hashed.
    var name: Rows<UInt8>
}

@safe struct BackendRow: BitwiseCopyable {
    /// Index in the cell registry, or -1 with the reason why there is none.
    var cluster: Int32
    var reason: Reason
    var filters: Rows<Unmanaged<Filter>>
    var interests: Filter.Interests

    /// The filters that this backend adds behind those of its rule.
    var chain: FilterChain {
        unsafe FilterChain(rows: filters.start, count: filters.size, interests: interests)
    }
}

@safe struct RedirectRow: BitwiseCopyable {
    enum Scheme: UInt8 { case asRequested, http, https }
    var scheme = Scheme.asRequested
    /// 0: not given.
    var port: UInt16 = 0
    var status: UInt16 = 302
    var host = ByteRef.nothing
    var path: Unmanaged<PathRewriter>?
}

struct ResponseRow: BitwiseCopyable {
    var status: UInt16 = 200
    var contentType = ByteRef.nothing
    var body = ByteRef.nothing
}
