import Base
import Graph
import Synchronization

/// What all workers together ask of one cluster, and what came of it. Beside the cluster's own words, on a line of its own: those are
/// read for each request, these written for requests to clusters with bounds only.
struct ClusterLoad: ~Copyable {
    /// Open connections to its endpoints, counted whether they are bounded or not.
    let connections = Atomic<Int32>(0)
    /// Requests that wait for one.
    let pending = Atomic<Int32>(0)
    /// Requests under way, and those of them that are not at their first try: while they are bounded.
    let requests = Atomic<Int32>(0)
    let retries = Atomic<Int32>(0)
    /// Words of a `FailureRate`, a `CircuitBreaker` and a `Panic`.
    let failures = Atomic<UInt64>(0)
    let breaker = Atomic<UInt64>(0)
    let panic = Atomic<UInt64>(0)

    /// Nobody is charged with anything, so that the slot may have a new occupant.
    var isIdle: Bool {
        connections.load(ordering: .acquiring) == 0 && pending.load(ordering: .acquiring) == 0
            && requests.load(ordering: .acquiring) == 0 && retries.load(ordering: .acquiring) == 0
    }

    /// For a new occupant.
    func forget() {
        failures.store(0, ordering: .relaxed)
        breaker.store(0, ordering: .relaxed)
        panic.store(0, ordering: .relaxed)
    }
}

/// A cluster's protection as workers read it. Plain data.
struct ClusterGuards: Sendable {
    /// -1 is no bound.
    var connections: Int32 = -1
    var pending = Int32(ClusterProtection.Limits.usualPending)
    var requests: Int32 = -1
    var retries: Int32 = -1
    /// In hundredths of a percent; 0 without a breaker.
    var breakerShare: UInt16 = 0
    var breakerMinimum: UInt16 = 0
    /// In hundredths of a percent; 0 when health always counts.
    var panicThreshold: UInt16 = 0
    /// A request has to ask whether it may go on.
    var isAsked = false
    /// Nanoseconds.
    var breakerOpen: UInt64 = 0

    init() {}

    init(_ protection: ClusterProtection) {
        let limits = protection.limits
        connections = Self.bound(limits.connections)
        requests = Self.bound(limits.requests)
        retries = Self.bound(limits.retries)
        if let bound = limits.pending { pending = Self.bound(bound) }
        if let breaker = protection.breaker {
            breakerShare = UInt16(clamping: breaker.share)
            breakerMinimum = UInt16(clamping: breaker.minimum)
            breakerOpen = breaker.open.wholeNanoseconds
        }
        panicThreshold = UInt16(clamping: protection.panicThreshold)
        isAsked = connections >= 0 || requests >= 0 || breakerShare > 0
    }

    private static func bound(_ number: Int?) -> Int32 { number.map { Int32(clamping: max(0, $0)) } ?? -1 }
}

extension Atomic where Value == Int32 {
    /// Counts one more unless there are as many as may be. - Parameter most: -1 for any number.
    @inline(__always) borrowing func take(most: Int32) -> Bool {
        if most < 0 {
            wrappingAdd(1, ordering: .relaxed)
            return true
        }
        var old = load(ordering: .relaxed)
        while old < most {
            let exchange = weakCompareExchange(expected: old, desired: old &+ 1, ordering: .relaxed)
            if exchange.exchanged { return true }
            old = exchange.original
        }
        return false
    }

    @inline(__always) borrowing func giveBack() { wrappingSubtract(1, ordering: .releasing) }
}
