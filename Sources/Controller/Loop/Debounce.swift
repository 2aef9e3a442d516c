import Base

/// Decides when changes are acted on. Pure.
///
/// The first change after quiet is acted on at once. What comes meanwhile and shortly after waits for the next round, together. While
/// rounds follow one another that take several changes each, the pause between them doubles, so that a storm costs little; changes
/// that come one by one never wait longer than the last round took. No change waits longer than `longest` after the end of a round.
struct Debounce {
    struct Settings {
        var shortest: Duration = .milliseconds(5)
        var longest: Duration = .milliseconds(100)
    }

    private let settings: Settings
    private var pause: Duration
    private var notBefore = Instant.zero

    init(_ settings: Settings = Settings()) {
        self.settings = settings
        pause = settings.shortest
    }

    /// When a change that arrived then is acted on.
    func due(_ arrivedAt: Instant) -> Instant { max(arrivedAt, notBefore) }

    /// A round ended that had taken so many deliveries, the first of which had arrived then.
    mutating func finished(deliveries: Int, oldest arrivedAt: Instant, startedAt: Instant, at now: Instant) {
        let cost = now.duration(since: startedAt)
        pause = arrivedAt < notBefore && deliveries > 1 ? pause * 2 : settings.shortest
        pause = min(settings.longest, max(pause, cost))
        notBefore = now.advanced(byNanoseconds: pause.wholeNanoseconds)
    }
}
