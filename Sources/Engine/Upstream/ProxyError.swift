import Pipeline

/// What went wrong with a message or a connection. Plain data; `Rescue` says what is done about it.
struct ProxyError {
    enum Kind: UInt8, CaseIterable {
        // The client.
        case clientMalformed, clientHeadTooLarge, clientExpectation, clientMethod, clientHeadLate, clientBodyLate, clientGone
        case clientBodyTooLarge, misdirected
        // The upstream.
        case noEndpoint, connectRefused, connectLate, reusedClosed, closedEarly, reset, answerMalformed, answerLate, answerCut
        case requestLate, streamIdle
        // One stream of HTTP/2: the endpoint did nothing for it, or gave it up.
        case streamRefused, streamReset
        // TLS to it.
        case handshakeFailed, handshakeLate, untrusted, misnamed, outOfTime, notHTTP2, connectorMissing
        // Ourselves.
        case tooManyRequests, tooManyWaiting, noConnection, circuitOpen
        case noDescriptors, noBlocks, drained, headTooLong, unsupported, effectMissing

        /// No connection came about: the endpoint knows nothing of the request.
        var isOfConnecting: Bool {
            switch self {
            case .connectRefused, .connectLate, .handshakeFailed, .handshakeLate, .untrusted, .misnamed, .outOfTime, .notHTTP2:
                true
            default: false
            }
        }

        /// The endpoint could not be reached, or did not do what it was asked for. A kept connection that ended in the meantime, and a
        /// stream that waited for the client, say nothing of it.
        var isEndpointsFault: Bool {
            switch self {
            case .closedEarly, .reset, .answerMalformed, .answerLate, .streamReset: true
            default: isOfConnecting
            }
        }
    }

    /// Whose fault it is.
    enum Origin: UInt8 { case downstream, upstream, martlet }

    /// Whether the request may go to another endpoint.
    enum Retry: UInt8 {
        case never
        /// Only if its repetition does no harm: the endpoint may have begun.
        case ifIdempotent
        /// The endpoint took nothing of it.
        case safe
    }

    let kind: Kind
    var origin: Origin
    var retry: Retry
    /// For people.
    var detail: StaticString = ""

    init(_ kind: Kind, retry: Retry? = nil, detail: StaticString = "") {
        let remedy = Rescue.remedy(kind)
        self.kind = kind
        origin = remedy.origin
        self.retry = retry ?? remedy.retry
        self.detail = detail
    }
}
