import Graph
import Resources
import Synchronization

/// The Secrets that routes refer to: what each holds, which of them bindings name, and what the proxy was told.
///
/// A change of one Secret costs that Secret. The proxy keeps what it was told last: bytes that cannot be presented are not told to it, and
/// so take nothing away.
struct CertificateBook: Sendable {
    private struct Standing {
        var stored: Stored<Secret>?
        var reading: CertificateReading
        var finding: CertificateFinding
        /// When the finding changes although nobody changes the Secret.
        var moment: Int64?
        /// Hosts that present it, and clusters to which it is shown.
        var uses = 0
        var told: Told?
    }

    /// What the proxy has.
    private struct Told {
        var stored: Stored<Secret>
        var leaf: CertificateReading.Leaf
    }

    private struct Moment: Comparable {
        var at: Int64
        var key: ObjectKey
        static func < (a: Self, b: Self) -> Bool { (a.at, a.key) < (b.at, b.key) }
    }

    private var standings: [ObjectKey: Standing] = [:]
    private var moments: [Moment] = []
    private var unsettled: Set<ObjectKey> = []
    /// When those that are presented end, in seconds since 1970, by `namespace/name`.
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
    mutating func finding(of key: ObjectKey, in snapshot: Snapshot, at now: Int64?) -> CertificateFinding {
        if let known = standings[key]?.finding { return known }
        judge(key, snapshot, now)
        return standings[key]?.finding ?? CertificateFinding(.missing, of: key, at: now)
    }

    /// Looks again at a Secret that may have changed. - Returns: whether those who refer to it find something else.
    @discardableResult
    mutating func judge(_ key: ObjectKey, _ snapshot: Snapshot, _ now: Int64?) -> Bool {
        let stored = snapshot.secrets[key]
        let known = standings[key]
        let reading = known.flatMap { $0.stored === stored ? $0.reading : nil } ?? CertificateReading(stored)
        let finding = CertificateFinding(reading, of: key, at: now, kept: known?.told?.leaf.key)
        var standing = known ?? Standing(reading: reading, finding: finding)
        (standing.stored, standing.reading, standing.finding) = (stored, reading, finding)
        setMoment(of: &standing, key, now)
        standings[key] = standing
        unsettled.insert(key)
        return known?.finding != finding
    }

    private mutating func setMoment(of standing: inout Standing, _ key: ObjectKey, _ now: Int64?) {
        var next: Int64?
        if case .leaf(let leaf) = standing.reading, let now { next = leaf.nextMoment(after: now) }
        guard next != standing.moment else { return }
        if let old = standing.moment { place(Moment(at: old, key: key), isThere: false) }
        if let next { place(Moment(at: next, key: key), isThere: true) }
        standing.moment = next
    }

    private mutating func place(_ moment: Moment, isThere: Bool) {
        SortedEdits.apply([(moment, isThere ? moment : nil)], to: &moments, key: \.self)
    }

    // MARK: - Uses

    /// A host presents it from now on.
    mutating func use(_ key: ObjectKey) { count(key, 1) }

    /// A host presents it no longer.
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
    mutating func settle(_ dependents: Dependents, pinned: ObjectKey?, at now: Int64?) -> [CellUpdate] {
        var updates: [CellUpdate] = []
        for key in unsettled.sorted() {
            guard var standing = standings[key] else { continue }
            if let update = Self.settle(&standing, key, now) { updates.append(update) }
            expiries[key.description] = standing.told?.leaf.validUntil
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
            return standing.told.map { _ in .certificate(secret: key.description, nil) }
        }
        guard case .leaf(let leaf) = standing.reading, stored !== standing.told?.stored,
            let bytes = stored.resource.certificateBytes
        else { return nil }
        // Out of its time it is better than none, and worse than one that is not.
        if let told = standing.told, !leaf.isInTime(now), told.leaf.isInTime(now) { return nil }
        let isNews = standing.told?.stored.resource.certificateBytes != bytes
        standing.told = Told(stored: stored, leaf: leaf)
        return isNews ? .certificate(secret: key.description, bytes) : nil
    }
}

/// The books while parts are made: they ask, several at once, and what nobody asked for before is read.
final class CertificateDesk: Sendable {
    private struct Books {
        var certificates: CertificateBook
        var authorities: AuthorityBook
    }
    private let books: Mutex<Books>
    private let snapshot: Snapshot
    private let now: Int64?

    init(_ book: consuming CertificateBook, _ authorities: consuming AuthorityBook, _ snapshot: Snapshot, _ now: Int64?) {
        books = Mutex(Books(certificates: book, authorities: authorities))
        self.snapshot = snapshot
        self.now = now
    }

    func finding(of key: ObjectKey) -> CertificateFinding {
        books.withLock { $0.certificates.finding(of: key, in: snapshot, at: now) }
    }

    func authority(of key: ObjectKey) -> AuthorityFinding { books.withLock { $0.authorities.finding(of: key, in: snapshot) } }

    /// The Secrets whose certificates have become something else by then.
    func due(_ now: Int64?) -> Set<ObjectKey> { books.withLock { Set($0.certificates.due(now)) } }

    /// Gives the books back.
    func close() -> (CertificateBook, AuthorityBook) {
        books.withLock { books in
            defer { books = Books(certificates: CertificateBook(), authorities: AuthorityBook()) }
            return (books.certificates, books.authorities)
        }
    }

    /// Somebody refers to it no longer, or perhaps still does.
    func release(_ key: ObjectKey) {
        books.withLock { books in
            books.certificates.release(key)
            books.authorities.release(key)
        }
    }

    /// - Returns: whether those who refer to it find something else.
    func judge(_ key: ObjectKey) -> Bool {
        books.withLock { books in
            let isOther = books.certificates.knows(key) && books.certificates.judge(key, snapshot, now)
            return books.authorities.judge(key, snapshot) || isOther
        }
    }
}
