import Balancing
import Base
import Graph
import Pipeline
import Synchronization

/// How a try at an endpoint ended.
enum TryOutcome {
    /// An answer's head came, with this status.
    case answered(UInt16)
    /// A connection came about over which nothing is asked.
    case joined
    /// Nothing came.
    case failed
}

/// What came of noting it.
struct Noted: OptionSet {
    let rawValue: UInt8
    /// It counts as a failure of the endpoint.
    static let failure = Noted(rawValue: 1)
    /// It was one too many: the endpoint is out.
    static let ejection = Noted(rawValue: 2)
    /// The cluster's breaker is to be told.
    static let isJudged = Noted(rawValue: 4)
}

// What workers learn of endpoints by speaking with them.
extension CellView {
    /// Notes how long an endpoint took and whether it failed.
    ///
    /// - Parameters:
    ///   - took: nanoseconds from the beginning of the try.
    ///   - now: nanoseconds of the monotonic clock.
    func note(_ outcome: TryOutcome, _ cluster: Int32, _ endpoint: EndpointHandle, took: UInt64, now: UInt64) -> Noted {
        guard let state = unsafe state(of: cluster) else { return [] }
        let rule = unsafe state.pointee.settings.outliers
        let isFailure =
            switch outcome {
            case .answered(let status): rule.errors.contains(status)
            case .joined: false
            case .failed: true
            }
        var latency = took
        if case .failed = outcome { latency = PeakLatency.failure }
        if unsafe state.pointee.settings.observesLatency { observe(endpoint, latency, now) }
        var noted: Noted = unsafe state.pointee.settings.guards.breakerShare > 0 ? .isJudged : []
        guard isFailure else {
            forgive(endpoint, now)
            return noted
        }
        guard rule.errors != .off else { return noted }
        noted.insert(.failure)
        let isEnough = fail(endpoint, rule.limit, now)
        let candidates = unsafe EndpointCandidates(state: state, endpoints: endpoints, tried: Tried(), now: now)
        if isEnough, eject(endpoint, candidates) { noted.insert(.ejection) }
        return noted
    }

    /// Another endpoint was faster: whatever this one would have taken, it is no less.
    func noteOvertaken(_ cluster: Int32, _ endpoint: EndpointHandle, after took: UInt64, now: UInt64) {
        guard let state = unsafe state(of: cluster), unsafe state.pointee.settings.observesLatency else { return }
        let known = PeakLatency(word: endpoints[endpoint.index].latency.load(ordering: .relaxed)).value(at: now)
        if took > known { observe(endpoint, took, now) }
    }

    /// Two workers at once: one of the two answers is forgotten, which an average can bear.
    private func observe(_ endpoint: EndpointHandle, _ nanoseconds: UInt64, _ now: UInt64) {
        var latency = PeakLatency(word: endpoints[endpoint.index].latency.load(ordering: .relaxed))
        latency.observe(nanoseconds, at: now)
        endpoints[endpoint.index].latency.store(latency.word, ordering: .relaxed)
    }

    @inline(__always) private func forgive(_ endpoint: EndpointHandle, _ now: UInt64) {
        if endpoints[endpoint.index].ejection.load(ordering: .relaxed) == 0 { return }
        change(endpoint) { $0.succeed(at: now) }
    }

    private func fail(_ endpoint: EndpointHandle, _ limit: UInt32, _ now: UInt64) -> Bool {
        change(endpoint) { $0.fail(limit: limit, at: now) }
    }

    /// Puts the endpoint out unless too many of its cluster's are. Workers that do so at the same moment may put out one each too many.
    private func eject(_ endpoint: EndpointHandle, _ candidates: EndpointCandidates) -> Bool {
        var out = 0
        for i in 0..<candidates.readyCount where !candidates.isHealthy(i) { out += 1 }
        guard out < Ejection.most(of: candidates.readyCount) else { return false }
        change(endpoint) { $0.eject(at: candidates.now) }
        return true
    }

    private func change<R>(_ endpoint: EndpointHandle, _ change: (inout Ejection) -> R) -> R {
        endpoints[endpoint.index].ejection.change { word in
            var ejection = Ejection(word: word)
            defer { word = ejection.word }
            return change(&ejection)
        }
    }
}
