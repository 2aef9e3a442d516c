import Base

/// Decides when the snapshot is written. Pure.
///
/// The first complete state at once, changes `interval` after the write before (later if that took long), and the same state again every `refresh`: its age says since when
/// it is not known to be true, not since when nothing changed. After a failure writing waits for `patience`.
struct Pacing {
    struct Settings {
        var interval: UInt64 = 3_000_000_000
        var refresh: UInt64 = 600_000_000_000
        var patience: UInt64 = 30_000_000_000
        /// Writing everything takes at most one part in so many of the time.
        var share: UInt64 = 20
    }

    let settings: Settings
    private var isComplete = false
    private(set) var isDirty = false
    private var notBefore = Instant.zero
    private var refreshAt: Instant?

    init(_ settings: Settings = Settings()) { self.settings = settings }

    /// When to write next; nil while there is nothing to write.
    var due: Instant? {
        guard isComplete else { return nil }
        return isDirty ? notBefore : refreshAt.map { max($0, notBefore) }
    }

    /// Whether something is to be kept that was not written.
    var isWanting: Bool { isComplete && isDirty }

    mutating func changed(isComplete: Bool, isChanged: Bool) {
        if isChanged || (isComplete && !self.isComplete) { isDirty = true }
        self.isComplete = self.isComplete || isComplete
    }

    /// - Parameter duration: how long it took, in nanoseconds.
    mutating func wrote(at now: Instant, taking duration: UInt64 = 0) {
        isDirty = false
        notBefore = now.advanced(byNanoseconds: max(settings.interval, settings.share &* min(duration, 60_000_000_000)))
        refreshAt = now.advanced(byNanoseconds: settings.refresh)
    }

    /// The state could not be written, or is not known to be true at present.
    mutating func failed(at now: Instant, after pause: UInt64? = nil) {
        notBefore = now.advanced(byNanoseconds: pause ?? settings.patience)
        refreshAt = notBefore
    }
}
