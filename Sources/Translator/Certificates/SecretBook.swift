import Graph
import Resources

/// What is made of Secrets for one purpose: how they are read, what those who refer to them find, and what the proxy is told.
protocol SecretUse {
    /// What one version of a Secret holds: read once, since that takes its time.
    associatedtype Reading: Sendable
    /// What that means at some moment to those who refer to it. They are made anew when it changes.
    associatedtype Finding: Equatable & Sendable
    /// What the proxy has.
    associatedtype Told: Sendable

    /// - Parameter stored: nil: there is no such Secret.
    static func read(_ stored: Stored<Secret>?, _ key: ObjectKey) -> Reading
    static func find(_ reading: Reading, _ key: ObjectKey, at now: Int64?, told: Told?) -> Finding
    /// When the finding changes although nobody changes the Secret.
    static func nextMoment(_ reading: Reading, after now: Int64) -> Int64?
    /// What the proxy shall have instead of what it was told, and what it is told for that, if anything; nil when what it has stays.
    static func tell(
        _ stored: Stored<Secret>, _ reading: Reading, _ key: ObjectKey, at now: Int64?, told: Told?
    ) -> (told: Told, update: CellUpdate?)?
    /// What the proxy is told when it shall have it no longer.
    static func takeBack(_ key: ObjectKey) -> CellUpdate
    /// When what the proxy has ends, in seconds since 1970; nil for what has no end that anybody shows.
    static func end(of told: Told) -> Int64?
}

/// The Secrets that somebody refers to for one purpose: what each holds, whether the proxy needs it, and what the proxy was told.
///
/// A change of one Secret costs that Secret. The proxy keeps what it was told last: bytes that it cannot use are not told to it, and so take
/// nothing away.
struct SecretBook<Use: SecretUse>: Sendable {
    private struct Standing {
        var stored: Stored<Secret>?
        var reading: Use.Reading
        var finding: Use.Finding
        /// When the finding changes although nobody changes the Secret.
        var moment: Int64?
        /// Of the proxy's hosts and clusters.
        var uses = 0
        var told: Use.Told?
    }

    private struct Moment: Comparable {
        var at: Int64
        var key: ObjectKey
        static func < (a: Self, b: Self) -> Bool { (a.at, a.key) < (b.at, b.key) }
    }

    private var standings: [ObjectKey: Standing] = [:]
    private var moments: [Moment] = []
    private var unsettled: Set<ObjectKey> = []
    /// When those that the proxy has end, in seconds since 1970, by `namespace/name`.
    private(set) var expiries: [String: Int64] = [:]

    var keys: some Sequence<ObjectKey> { standings.keys }

    func knows(_ key: ObjectKey) -> Bool { standings[key] != nil }

    // MARK: - Time

    /// When a finding changes by itself.
    var nextMoment: Int64? { moments.first?.at }

    /// Those whose moment has come.
    func due(_ now: Int64?) -> [ObjectKey] { now.map { now in moments.prefix { $0.at <= now }.map(\.key) } ?? [] }

    // MARK: - Judging

    /// What the Secret means now, read only if nobody asked before.
    mutating func finding(of key: ObjectKey, in snapshot: Snapshot, at now: Int64?) -> Use.Finding {
        if let known = standings[key]?.finding { return known }
        return look(key, snapshot, now).finding
    }

    /// Looks again at a Secret that may have changed. - Returns: whether those who refer to it find something else.
    @discardableResult
    mutating func judge(_ key: ObjectKey, _ snapshot: Snapshot, _ now: Int64?) -> Bool {
        let known = standings[key]?.finding
        return look(key, snapshot, now).finding != known
    }

    private mutating func look(_ key: ObjectKey, _ snapshot: Snapshot, _ now: Int64?) -> Standing {
        let stored = snapshot.secrets[key]
        let known = standings[key]
        let reading = known.flatMap { $0.stored == stored ? $0.reading : nil } ?? Use.read(stored, key)
        let finding = Use.find(reading, key, at: now, told: known?.told)
        var standing = known ?? Standing(reading: reading, finding: finding)
        (standing.stored, standing.reading, standing.finding) = (stored, reading, finding)
        setMoment(of: &standing, key, now)
        standings[key] = standing
        unsettled.insert(key)
        return standing
    }

    private mutating func setMoment(of standing: inout Standing, _ key: ObjectKey, _ now: Int64?) {
        let next = now.flatMap { Use.nextMoment(standing.reading, after: $0) }
        guard next != standing.moment else { return }
        if let old = standing.moment { place(Moment(at: old, key: key), isThere: false) }
        if let next { place(Moment(at: next, key: key), isThere: true) }
        standing.moment = next
    }

    private mutating func place(_ moment: Moment, isThere: Bool) {
        SortedEdits.apply([(moment, isThere ? moment : nil)], to: &moments, key: \.self)
    }

    // MARK: - Uses

    /// The proxy needs it from now on, once more.
    mutating func use(_ key: ObjectKey) { count(key, 1) }

    /// The opposite.
    mutating func drop(_ key: ObjectKey) { count(key, -1) }

    private mutating func count(_ key: ObjectKey, _ change: Int) {
        standings[key]?.uses += change
        unsettled.insert(key)
    }

    /// Somebody refers to it no longer.
    mutating func release(_ key: ObjectKey) { unsettled.insert(key) }

    // MARK: - Telling

    /// What the proxy has to be told, by name; forgets those that nobody refers to.
    ///
    /// - Parameter pinned: one that stays although no object refers to it.
    mutating func settle(_ dependents: Dependents, pinned: ObjectKey? = nil, at now: Int64?) -> [CellUpdate] {
        var updates: [CellUpdate] = []
        for key in unsettled.sorted() {
            guard var standing = standings[key] else { continue }
            if let update = Self.settle(&standing, key, now) { updates.append(update) }
            expiries[key.description] = standing.told.flatMap(Use.end)
            if key != pinned, dependents.on(secret: key).isEmpty {
                if let moment = standing.moment { place(Moment(at: moment, key: key), isThere: false) }
                standings[key] = nil
            } else {
                standings[key] = standing
            }
        }
        unsettled = []
        return updates
    }

    private static func settle(_ standing: inout Standing, _ key: ObjectKey, _ now: Int64?) -> CellUpdate? {
        guard standing.uses > 0, let stored = standing.stored else {
            defer { standing.told = nil }
            return standing.told.map { _ in Use.takeBack(key) }
        }
        guard let change = Use.tell(stored, standing.reading, key, at: now, told: standing.told) else { return nil }
        standing.told = change.told
        return change.update
    }
}
