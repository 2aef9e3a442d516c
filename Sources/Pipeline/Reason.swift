/// Why a request was answered the way it was: the one list that access log, metrics and documentation share.
///
/// The numbers are stable: cases are only ever added at the end. `ok` stands for an upstream's own answer.
public enum Reason: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    case ok = 0
    // The client's request.
    case badRequest, headTooLarge, bodyTooLarge, requestTimeout, clientGone, expectationFailed, notImplemented, misdirected
    // Routing.
    case noListenerHost, noRoute, redirected, directResponse
    // A rule that cannot be obeyed: its share answers 500 (Gateway API HTTPRouteRule).
    case ruleBroken, backendNotFound, backendPortNotFound, backendKindInvalid, backendNotPermitted, backendInvalid, filterInvalid
    case noBackend
    // The upstream.
    case noEndpoints, connectFailed, connectTimeout, upstreamReset, upstreamTimeout, upstreamClosed, upstreamMalformed
    case tlsFailed, streamIdle
    // Ourselves.
    case overloaded, draining, limitReached, internalError, effectFailed, editsTooLarge, filterDenied
    case patternLimit, splitTooDeep, poolExhausted, loopDetected
    // No graph was published yet.
    case notReady
    // TLS to an endpoint.
    case endpointUntrusted, endpointMisnamed, endpointOutOfTime, tlsTimeout, tlsNotReady
    // The upstream, over HTTP/2.
    case upstreamRefused
    // The upstream, over TLS.
    case notHTTP2
    // What protects a Service.
    case tooManyWaiting, circuitOpen
    // A version of an API that ends.
    case brownOut, gone

    /// Whether endpoints are to blame, also for an answer whose status was good and that was cut short.
    @inlinable public var isEndpoints: Bool {
        switch self {
        case .noEndpoints, .connectFailed, .connectTimeout, .upstreamReset, .upstreamTimeout, .upstreamClosed, .upstreamMalformed,
            .tlsFailed:
            true
        default: false
        }
    }

    /// The code in access logs, in metric labels and in the documentation.
    public var code: StaticString {
        switch self {
        case .ok: "OK"
        case .badRequest: "BadRequest"
        case .headTooLarge: "HeadTooLarge"
        case .bodyTooLarge: "BodyTooLarge"
        case .requestTimeout: "RequestTimeout"
        case .clientGone: "ClientGone"
        case .expectationFailed: "ExpectationFailed"
        case .notImplemented: "NotImplemented"
        case .misdirected: "Misdirected"
        case .noListenerHost: "NoHost"
        case .noRoute: "NoRoute"
        case .redirected: "Redirect"
        case .directResponse: "DirectResponse"
        case .ruleBroken: "RuleBroken"
        case .backendNotFound: "BackendNotFound"
        case .backendPortNotFound: "PortNotFound"
        case .backendKindInvalid: "InvalidKind"
        case .backendNotPermitted: "RefNotPermitted"
        case .backendInvalid: "BackendInvalid"
        case .filterInvalid: "FilterInvalid"
        case .noBackend: "NoBackend"
        case .noEndpoints: "NoEndpoints"
        case .connectFailed: "ConnectFailed"
        case .connectTimeout: "ConnectTimeout"
        case .upstreamReset: "UpstreamReset"
        case .upstreamTimeout: "UpstreamTimeout"
        case .upstreamClosed: "UpstreamClosed"
        case .upstreamMalformed: "UpstreamMalformed"
        case .tlsFailed: "UpstreamTLSFailed"
        case .streamIdle: "StreamIdle"
        case .overloaded: "Overloaded"
        case .draining: "Draining"
        case .limitReached: "LimitReached"
        case .internalError: "InternalError"
        case .effectFailed: "EffectFailed"
        case .editsTooLarge: "EditsTooLarge"
        case .filterDenied: "FilterDenied"
        case .patternLimit: "PatternLimit"
        case .splitTooDeep: "SplitTooDeep"
        case .poolExhausted: "PoolExhausted"
        case .loopDetected: "LoopDetected"
        case .notReady: "NotReady"
        case .endpointUntrusted: "UpstreamUntrusted"
        case .endpointMisnamed: "UpstreamMisnamed"
        case .endpointOutOfTime: "UpstreamOutOfTime"
        case .tlsTimeout: "UpstreamTLSTimeout"
        case .tlsNotReady: "UpstreamTLSNotReady"
        case .upstreamRefused: "UpstreamRefused"
        case .notHTTP2: "UpstreamNotHTTP2"
        case .tooManyWaiting: "TooManyWaiting"
        case .circuitOpen: "CircuitOpen"
        case .brownOut: "BrownOut"
        case .gone: "Gone"
        }
    }

    /// The status of a local answer with this reason when nothing says otherwise.
    public var status: UInt16 {
        switch self {
        case .ok, .directResponse: 200
        case .redirected: 302
        case .badRequest: 400
        case .filterDenied: 403
        case .noListenerHost, .noRoute: 404
        case .requestTimeout: 408
        case .gone: 410
        case .bodyTooLarge: 413
        case .expectationFailed: 417
        case .misdirected: 421
        case .headTooLarge: 431
        case .clientGone: 499
        case .notImplemented: 501
        case .connectFailed, .upstreamReset, .upstreamClosed, .upstreamMalformed, .tlsFailed, .endpointUntrusted,
            .endpointMisnamed, .endpointOutOfTime, .upstreamRefused, .notHTTP2:
            502
        case .noEndpoints, .overloaded, .draining, .limitReached, .poolExhausted, .notReady, .tlsNotReady, .tooManyWaiting,
            .circuitOpen, .brownOut:
            503
        case .connectTimeout, .upstreamTimeout, .streamIdle, .tlsTimeout: 504
        case .loopDetected: 508
        case .ruleBroken, .backendNotFound, .backendPortNotFound, .backendKindInvalid, .backendNotPermitted, .backendInvalid,
            .filterInvalid, .noBackend, .internalError, .effectFailed, .editsTooLarge, .patternLimit, .splitTooDeep:
            500
        }
    }

    /// The reason that a graph's text names, such as `BackendNotFound`; `ruleBroken` for texts that have no case of their own.
    public init(brokenRule text: String) {
        self = Self.allCases.first { "\($0.code)" == text && $0.status == 500 } ?? .ruleBroken
    }
}
