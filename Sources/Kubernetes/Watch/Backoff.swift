import Base

/// Growing waits with jitter, so that many clients do not come back at once.
struct Backoff: Sendable {
    let first: Duration
    let most: Duration
    private(set) var attempts = 0

    init(first: Duration, most: Duration) {
        self.first = first
        self.most = most
    }

    mutating func reset() { attempts = 0 }

    /// Doubles from `first` to `most`; each wait lies between half of that and all of it.
    mutating func next(_ random: inout SeededRandom) -> Duration {
        let ceiling = min(first * Int(1 << min(attempts, 20)), most)
        attempts += 1
        return ceiling / 2 + jitter(upTo: ceiling / 2, &random)
    }
}

/// Between zero and `limit`.
func jitter(upTo limit: Duration, _ random: inout SeededRandom) -> Duration {
    limit * Int(random.below(1000)) / 1000
}
