import Pipeline

/// What became of a request that was to be copied: a metric's label, so stable.
enum MirrorOutcome: Int, CaseIterable {
    /// There was an answer, whatever its status, and it came to its end.
    case answered
    /// No answer in the mirror's time.
    case timedOut
    /// No connection to an endpoint came about.
    case unreachable
    /// The connection or the answer broke.
    case broken
    case noEndpoint
    /// The Service has as much to do as it may: a bound or its breaker.
    case serviceLimit
    // Not sent at all:
    /// As many copies are under way in the worker as may be.
    case tooMany
    /// The request's body is longer than what is kept of one.
    case bodyTooLong
    /// The answer began before the request was whole.
    case answeredEarly
    /// There is no room to keep it.
    case noMemory
    /// The gateway ends.
    case draining
    /// The request is a copy itself: another gateway's, or one of ours that a mirror led back here.
    case isCopy

    var code: String {
        switch self {
        case .answered: "Answered"
        case .timedOut: "TimedOut"
        case .unreachable: "Unreachable"
        case .broken: "Broken"
        case .noEndpoint: "NoEndpoint"
        case .serviceLimit: "ServiceLimit"
        case .tooMany: "TooMany"
        case .bodyTooLong: "BodyTooLong"
        case .answeredEarly: "AnsweredEarly"
        case .noMemory: "NoMemory"
        case .draining: "Draining"
        case .isCopy: "IsCopy"
        }
    }

    /// How a copy ended that was under way.
    init(_ reason: Reason) {
        switch reason {
        case .ok: self = .answered
        case .upstreamTimeout, .streamIdle: self = .timedOut
        case .noEndpoints: self = .noEndpoint
        case .limitReached, .tooManyWaiting, .poolExhausted, .circuitOpen: self = .serviceLimit
        case .overloaded: self = .noMemory
        case .draining: self = .draining
        case .connectFailed, .connectTimeout, .tlsFailed, .tlsTimeout, .tlsNotReady, .endpointUntrusted, .endpointMisnamed,
            .endpointOutOfTime, .notHTTP2, .upstreamRefused:
            self = .unreachable
        default: self = .broken
        }
    }
}

/// What came of comparing two answers.
enum MirrorComparison: Int, CaseIterable {
    case same, different
    /// One of the answers did not come to its end, or was our own, or there was no room for the comparison.
    case incomplete

    var code: String {
        switch self {
        case .same: "Same"
        case .different: "Different"
        case .incomplete: "Incomplete"
        }
    }
}
