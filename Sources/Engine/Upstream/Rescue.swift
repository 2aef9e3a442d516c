import HTTP
import Pipeline

/// The one table of what is done about an error: the answer's reason (which gives status, log and metric label), whether the client's
/// connection can go on, and whether another try is worth it.
enum Rescue {
    struct Remedy {
        let reason: Reason
        let origin: ProxyError.Origin
        let retry: ProxyError.Retry
        /// What follows on the client's connection cannot be trusted.
        let closes: Bool
    }

    static func remedy(_ kind: ProxyError.Kind) -> Remedy {
        switch kind {
        case .clientMalformed: refusal(.badRequest)
        case .clientHeadTooLarge: refusal(.headTooLarge)
        case .clientExpectation: refusal(.expectationFailed)
        case .clientMethod: refusal(.notImplemented)
        case .clientHeadLate, .clientBodyLate: refusal(.requestTimeout)
        case .clientGone: refusal(.clientGone)
        case .clientBodyTooLarge: refusal(.bodyTooLarge)
        case .misdirected: refusal(.misdirected)
        case .noEndpoint: upstream(.noEndpoints, .never)
        case .connectRefused: upstream(.connectFailed, .safe)
        case .connectLate: upstream(.connectTimeout, .safe)
        case .handshakeFailed: upstream(.tlsFailed, .safe)
        case .handshakeLate: upstream(.tlsTimeout, .safe)
        case .untrusted: upstream(.endpointUntrusted, .safe)
        case .misnamed: upstream(.endpointMisnamed, .safe)
        case .outOfTime: upstream(.endpointOutOfTime, .safe)
        case .notHTTP2: upstream(.notHTTP2, .safe)
        case .connectorMissing: own(.tlsNotReady)
        case .reusedClosed: upstream(.upstreamClosed, .ifIdempotent)
        case .closedEarly: upstream(.upstreamClosed, .never)
        case .reset: upstream(.upstreamReset, .never)
        case .answerMalformed: upstream(.upstreamMalformed, .never)
        case .answerLate, .requestLate: upstream(.upstreamTimeout, .never)
        case .answerCut: upstream(.upstreamClosed, .never)
        case .streamIdle: upstream(.streamIdle, .never)
        case .streamRefused: upstream(.upstreamRefused, .safe)
        case .streamReset: upstream(.upstreamReset, .never)
        case .noDescriptors, .noBlocks: own(.overloaded)
        case .tooManyRequests: own(.limitReached)
        case .tooManyWaiting: own(.tooManyWaiting)
        case .noConnection: own(.poolExhausted)
        case .circuitOpen: own(.circuitOpen)
        case .drained: own(.draining)
        case .headTooLong: own(.editsTooLarge)
        case .unsupported: own(.backendInvalid)
        case .effectMissing: own(.effectFailed)
        }
    }

    private static func refusal(_ reason: Reason) -> Remedy {
        Remedy(reason: reason, origin: .downstream, retry: .never, closes: true)
    }

    private static func upstream(_ reason: Reason, _ retry: ProxyError.Retry) -> Remedy {
        Remedy(reason: reason, origin: .upstream, retry: retry, closes: false)
    }

    private static func own(_ reason: Reason) -> Remedy {
        Remedy(reason: reason, origin: .martlet, retry: .never, closes: false)
    }

    /// What a refused head is.
    static func kind(_ defect: HeadDefect) -> ProxyError.Kind {
        switch defect {
        case .tooLarge, .tooManyFields: .clientHeadTooLarge
        case .method: .clientMethod
        case .expectation: .clientExpectation
        default: .clientMalformed
        }
    }
}
