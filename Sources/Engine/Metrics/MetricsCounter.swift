/// What a worker counts besides requests by rule. Each has a word in the worker's own memory.
enum MetricsCounter: Int, CaseIterable, Sendable {
    case downstreamAccepted, downstreamClosed
    /// Accepting failed because the system had no descriptors or buffers left.
    case acceptStarved
    /// Connections that were given to a worker with fewer.
    case handovers
    /// Clients whose address had as many connections as it may.
    case addressRefusals
    /// Clients that took their answers too slowly.
    case slowReaders
    case exchangesStarted, exchangesFinished
    /// Connections that became tunnels (Upgrade).
    case upgrades
    case upstreamConnects, upstreamConnectFailures, upstreamClosed
    /// Requests sent over a kept connection.
    case upstreamReuses
    /// Kept connections that were found dead when a request was sent.
    case upstreamStale
    case upstreamTimeouts
    /// Endpoints left out for a while.
    case ejections
    /// Breakers of Services that opened, requests that waited for a connection because of a bound, and those that were sent somewhere
    /// whatever its health.
    case breakerOpenings, waits, panics
    case retries
    /// Retries that were due, but the cluster's budget was used up.
    case retriesDenied
    /// Hedges that began; those whose answer came first, or that took the place of a try that failed; those that failed; and those that
    /// were due, but forbidden by a bound.
    case hedges, hedgesWon, hedgesFailed, hedgesDenied
    /// TLS handshakes that ended well, those of them that went on from a ticket, and those that did not end well.
    case handshakes, resumptions, handshakeFailures
    /// Connections that no trusted proxy introduced.
    case introductionFailures
    /// The same with endpoints.
    case upstreamHandshakes, upstreamResumptions, upstreamHandshakeFailures
    /// Connections of clients that speak HTTP/2, and their streams.
    case http2Connections, http2Streams
    /// Connections to endpoints that speak HTTP/2; their requests are counted as others are.
    case upstreamHTTP2Connections
    /// Connections whose TLS was left to their endpoints.
    case passthroughs
    /// Datagrams that were not passed on.
    case datagramsDropped

    /// The family's name, and what it says; nil for the halves of a gauge.
    var family: (name: String, help: String)? {
        switch self {
        case .downstreamAccepted: ("martlet_downstream_connections_total", "Connections accepted from clients.")
        case .acceptStarved: ("martlet_downstream_accept_failures_total", "Accepts that failed: no descriptors or memory.")
        case .handovers:
            ("martlet_downstream_handovers_total", "Connections that one worker accepted and gave to another with fewer.")
        case .addressRefusals:
            (
                "martlet_downstream_address_refusals_total",
                "Connections closed because their client's address had as many as it may."
            )
        case .slowReaders:
            (
                "martlet_downstream_slow_readers_total",
                "Answers cut because their client took too little of them (--min-write-rate)."
            )
        case .upgrades: ("martlet_upgrades_total", "Connections that were upgraded to another protocol.")
        case .upstreamConnects: ("martlet_upstream_connects_total", "Connections opened to endpoints.")
        case .upstreamConnectFailures: ("martlet_upstream_connect_failures_total", "Connections to endpoints that failed.")
        case .upstreamReuses: ("martlet_upstream_reuses_total", "Requests sent over a kept connection.")
        case .upstreamStale: ("martlet_upstream_stale_connections_total", "Kept connections found dead when a request was sent.")
        case .upstreamTimeouts: ("martlet_upstream_timeouts_total", "Tries that an endpoint did not answer in time.")
        case .ejections:
            (
                "martlet_upstream_ejections_total",
                "Endpoints left out for a while because tries at them failed, one after the other."
            )
        case .breakerOpenings:
            ("martlet_upstream_breaker_openings_total", "Times that the breaker of a Service opened or opened again.")
        case .waits:
            ("martlet_upstream_waits_total", "Requests that waited for a connection because a Service has as many as it may.")
        case .panics:
            ("martlet_upstream_panics_total", "Tries for which an endpoint's health did not count, because too few are healthy.")
        case .retries: ("martlet_upstream_retries_total", "Further tries of a request.")
        case .retriesDenied:
            (
                "martlet_upstream_retries_denied_total",
                "Tries not made because the retry budget was used up or enough were under way."
            )
        case .hedges: ("martlet_upstream_hedges_total", "Requests asked of a second endpoint before the first had failed.")
        case .hedgesWon:
            ("martlet_upstream_hedges_won_total", "Hedges that answered first, or took the place of a try that failed.")
        case .hedgesFailed: ("martlet_upstream_hedges_failed_total", "Hedges that failed before their request was answered.")
        case .hedgesDenied:
            ("martlet_upstream_hedges_denied_total", "Hedges not begun because of maxPercent or another bound.")
        case .handshakes: ("martlet_tls_handshakes_total", "TLS handshakes of clients that ended well.")
        case .resumptions: ("martlet_tls_resumptions_total", "TLS handshakes that went on from a ticket.")
        case .handshakeFailures: ("martlet_tls_handshake_failures_total", "TLS handshakes that failed or took too long.")
        case .introductionFailures:
            ("martlet_proxy_protocol_failures_total", "Connections closed for want of a trusted proxy's PROXY header.")
        case .upstreamHandshakes: ("martlet_upstream_tls_handshakes_total", "TLS handshakes with endpoints that ended well.")
        case .upstreamResumptions:
            ("martlet_upstream_tls_resumptions_total", "TLS handshakes with endpoints that went on from an earlier session.")
        case .upstreamHandshakeFailures:
            ("martlet_upstream_tls_handshake_failures_total", "TLS handshakes with endpoints that failed or took too long.")
        case .http2Connections: ("martlet_http2_connections_total", "Connections of clients that speak HTTP/2.")
        case .upstreamHTTP2Connections:
            ("martlet_upstream_http2_connections_total", "Connections to endpoints on which HTTP/2 is spoken.")
        case .passthroughs: ("martlet_tls_passthroughs_total", "Connections of clients whose TLS endpoints end.")
        case .datagramsDropped:
            ("martlet_datagrams_dropped_total", "Datagrams not passed on: no route, too many clients, or no room in a socket.")
        case .http2Streams: ("martlet_http2_streams_total", "Requests that began on HTTP/2 connections.")
        case .downstreamClosed, .exchangesStarted, .exchangesFinished, .upstreamClosed: nil
        }
    }
}
