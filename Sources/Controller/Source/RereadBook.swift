import Kubernetes

/// Objects that are being read again, and whether what is read still counts when it comes. Pure.
///
/// What is read may be older than what a watch brought meanwhile, which is whole anyway: the watch wins.
struct RereadBook {
    private static let firstPause = Duration.milliseconds(500)
    private static let longestPause = Duration.seconds(30)

    /// With the pause before the next try, should this one fail.
    private var underWay: [ObjectKey: Duration] = [:]

    /// - Returns: false when it is being read already.
    mutating func begin(_ key: ObjectKey) -> Bool {
        guard underWay[key] == nil else { return false }
        underWay[key] = Self.firstPause
        return true
    }

    func isWanted(_ key: ObjectKey) -> Bool { underWay[key] != nil }

    /// - Returns: whether what was read is to be delivered.
    mutating func finish(_ key: ObjectKey) -> Bool { underWay.removeValue(forKey: key) != nil }

    /// - Returns: how long to wait, and whether it is the first failure of this object; nil when it is no longer wanted.
    mutating func fail(_ key: ObjectKey, retryAfter: Duration?) -> (pause: Duration, isFirst: Bool)? {
        guard let pause = underWay[key] else { return nil }
        underWay[key] = min(pause * 2, Self.longestPause)
        return (max(pause, min(retryAfter ?? .zero, .seconds(300))), pause == Self.firstPause)
    }

    /// The watch spoke.
    mutating func note(_ update: ListWatch.Update, of feed: WatchScope.Feed) {
        switch update {
        case .put(let object): underWay[object.key] = nil
        case .removed(let key): underWay[key] = nil
        case .replaced, .missing: underWay = underWay.filter { !feed.covers($0.key) }
        case .trouble, .recovered: break
        }
    }
}
