/// When so few of a cluster's endpoints are healthy that those that are would be run over by everybody's requests: then health is not
/// looked at. It is reckoned by whoever comes first in a sixteenth of a second, and kept in one word that all workers share.
public struct Panic: Equatable, Sendable {
    /// Nanoseconds for which the word holds.
    private static let unit: UInt64 = 62_500_000

    /// Whether there is panic, in the lowest bit; above it the time that it was reckoned at.
    public var word: UInt64

    @inlinable public init(word: UInt64 = 0) { self.word = word }

    /// - Parameter now: nanoseconds of a monotonic clock.
    /// - Returns: nil when it is to be reckoned anew.
    public func known(at now: UInt64) -> Bool? { word >> 1 == now / Self.unit ? word & 1 == 1 : nil }

    /// - Parameters:
    ///   - share: what has to be healthy, in hundredths of a percent.
    ///   - count: endpoints that are ready.
    public mutating func reckon(healthy: Int, of count: Int, share: Int, at now: UInt64) -> Bool {
        let isPanic = count > 0 && healthy &* 10_000 < count &* share
        word = (now / Self.unit) << 1 | (isPanic ? 1 : 0)
        return isPanic
    }
}
