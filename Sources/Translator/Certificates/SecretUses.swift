import Graph
import Resources
import Synchronization

/// Certificates that hosts present, and that are shown to endpoints.
enum CertificateUse: SecretUse {
    struct Told: Sendable {
        var stored: Stored<Secret>
        var leaf: CertificateReading.Leaf
    }

    static func read(_ stored: Stored<Secret>?, _ key: ObjectKey) -> CertificateReading { CertificateReading(stored) }

    static func find(_ reading: CertificateReading, _ key: ObjectKey, at now: Int64?, told: Told?) -> CertificateFinding {
        CertificateFinding(reading, of: key, at: now, kept: told?.leaf.key)
    }

    static func nextMoment(_ reading: CertificateReading, after now: Int64) -> Int64? {
        if case .leaf(let leaf) = reading { leaf.nextMoment(after: now) } else { nil }
    }

    static func tell(
        _ stored: Stored<Secret>, _ reading: CertificateReading, _ key: ObjectKey, at now: Int64?, told: Told?
    ) -> (told: Told, update: CellUpdate?)? {
        guard case .leaf(let leaf) = reading, stored != told?.stored, let bytes = stored.resource.certificateBytes else {
            return nil
        }
        // Out of its time it is better than none, and worse than one that is not.
        if let told, !leaf.isInTime(now), told.leaf.isInTime(now) { return nil }
        let isNews = told?.stored.resource.certificateBytes != bytes
        return (Told(stored: stored, leaf: leaf), isNews ? .certificate(secret: key.description, bytes) : nil)
    }

    static func takeBack(_ key: ObjectKey) -> CellUpdate { .certificate(secret: key.description, nil) }
    static func end(of told: Told) -> Int64? { told.leaf.validUntil }
}

/// Authorities by which endpoints and clients are verified. They know no time: one whose time is over is found by those who are verified.
enum AuthorityUse: SecretUse {
    static func read(_ stored: Stored<Secret>?, _ key: ObjectKey) -> AuthorityFinding { AuthorityFinding(stored, key) }
    static func find(_ reading: AuthorityFinding, _ key: ObjectKey, at now: Int64?, told: [UInt8]?) -> AuthorityFinding {
        reading
    }
    static func nextMoment(_ reading: AuthorityFinding, after now: Int64) -> Int64? { nil }

    static func tell(
        _ stored: Stored<Secret>, _ reading: AuthorityFinding, _ key: ObjectKey, at now: Int64?, told: [UInt8]?
    ) -> (told: [UInt8], update: CellUpdate?)? {
        guard reading.problem == nil, !stored.isElided, let pem = stored.resource.bytes(Secret.authorityKey), pem != told else {
            return nil
        }
        return (pem, .authority(secret: key.description, pem))
    }

    static func takeBack(_ key: ObjectKey) -> CellUpdate { .authority(secret: key.description, nil) }
    static func end(of told: [UInt8]) -> Int64? { nil }
}

/// The books while parts are made: they ask, several at once, and what nobody asked for before is read.
final class CertificateDesk: Sendable {
    private struct Books {
        var certificates = SecretBook<CertificateUse>()
        var authorities = SecretBook<AuthorityUse>()
    }
    private let books: Mutex<Books>
    private let snapshot: Snapshot
    private let now: Int64?

    init(
        _ certificates: consuming SecretBook<CertificateUse>, _ authorities: consuming SecretBook<AuthorityUse>,
        _ snapshot: Snapshot,
        _ now: Int64?
    ) {
        books = Mutex(Books(certificates: certificates, authorities: authorities))
        self.snapshot = snapshot
        self.now = now
    }

    func finding(of key: ObjectKey) -> CertificateFinding {
        books.withLock { $0.certificates.finding(of: key, in: snapshot, at: now) }
    }

    func authority(of key: ObjectKey) -> AuthorityFinding {
        books.withLock { $0.authorities.finding(of: key, in: snapshot, at: now) }
    }

    /// The Secrets whose certificates have become something else by then.
    func due(_ now: Int64?) -> Set<ObjectKey> { books.withLock { Set($0.certificates.due(now)) } }

    /// Gives the books back.
    func close() -> (SecretBook<CertificateUse>, SecretBook<AuthorityUse>) {
        books.withLock { books in
            defer { books = Books() }
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
            return (books.authorities.knows(key) && books.authorities.judge(key, snapshot, now)) || isOther
        }
    }
}
