import Base

/// Decides whether a call is sent again after the server asked to wait: a pure machine over its answers.
///
/// Obeyed are 429 and 5xx that say how long to wait (RFC 9110 section 10.2.3; client-go's `rest.Request` does the same). Without a
/// time, the caller decides. So it does when the wait does not fit into what is left: the error then carries the time.
struct Patience: Sendable {
    /// client-go's bound.
    static let retries = 10

    private let limit: Duration
    private var attempts = 0
    private var random: SeededRandom

    /// - Parameter limit: after which no attempt begins.
    init(limit: Duration, seed: UInt64) {
        self.limit = limit
        random = SeededRandom(seed: seed)
    }

    /// How long to wait before the call is sent again; nil to give up.
    /// - Parameter elapsed: since the call began.
    mutating func wait(after error: APIError, elapsed: Duration) -> Duration? {
        guard error.code == 429 || error.code >= 500, let asked = error.retryAfter, attempts < Self.retries else { return nil }
        // A server may say 0; and not all clients should come back at the same moment.
        let least = max(asked, .milliseconds(100))
        guard elapsed + least <= limit else { return nil }
        attempts += 1
        return min(least + jitter(upTo: least / 5, &random), limit - elapsed)
    }
}
