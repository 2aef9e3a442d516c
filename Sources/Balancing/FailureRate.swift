/// Which share of the tries of the last ten seconds failed. One word, so that all workers can keep it in a shared cell and change it by
/// compare-and-swap.
///
/// A window that slides: what the last whole slot counted fades evenly while the present one fills. That is as much as two counters can
/// say, and never off by more than tries come unevenly within a slot.
public struct FailureRate: Equatable, Sendable {
    /// Nanoseconds of the window, and of a slot of its clock.
    public static let window: UInt64 = 10_000_000_000
    /// Most that a counter holds. Beyond it both are halved, which leaves their share as it is.
    private static let most: UInt64 = 0xfff

    /// From below, 12 bits each: failures and tries of this slot, failures and tries of the one before; 16 bits of the slot's number.
    public var word: UInt64

    @inlinable public init(word: UInt64 = 0) { self.word = word }

    private func field(_ i: UInt64) -> UInt64 { word >> (12 &* i) & Self.most }

    private mutating func set(_ failures: UInt64, _ tries: UInt64, before: UInt64, slot: UInt16) {
        word = failures | tries << 12 | before << 24 | UInt64(slot) << 48
    }

    /// A try ended.
    ///
    /// - Parameter now: nanoseconds of a monotonic clock that all who share the word read.
    public mutating func record(isFailure: Bool, at now: UInt64) {
        advance(to: now)
        var (failures, tries) = (field(0), field(1))
        if tries == Self.most { (failures, tries) = (failures / 2, tries / 2) }
        set(failures &+ (isFailure ? 1 : 0), tries &+ 1, before: word >> 24 & 0xff_ffff, slot: UInt16(word >> 48))
    }

    /// Another worker may have begun the next slot with a clock that was read a moment later than ours: what we saw belongs to it.
    private mutating func advance(to now: UInt64) {
        let slot = UInt16(truncatingIfNeeded: now / Self.window)
        switch Int16(bitPattern: slot &- UInt16(word >> 48)) {
        case 0, -1: break
        case 1: set(0, 0, before: word & 0xff_ffff, slot: slot)
        default: set(0, 0, before: 0, slot: slot)
        }
    }

    /// Whether at least `minimum` tries were seen, and at least that share of them failed.
    ///
    /// - Parameter share: in hundredths of a percent.
    public func isAtLeast(_ share: UInt64, of minimum: UInt64, at now: UInt64) -> Bool {
        var rate = self
        rate.advance(to: now)
        // In 256ths: how much of the slot before still lies in the window.
        let left = 256 &- (now % Self.window) &* 256 / Self.window
        let failures = rate.field(0) &* 256 &+ rate.field(2) &* left
        let tries = rate.field(1) &* 256 &+ rate.field(3) &* left
        return tries >= max(1, minimum) &* 256 && failures &* 10_000 >= share &* tries
    }
}
