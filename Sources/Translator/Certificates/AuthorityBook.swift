import Graph
import Resources
import Secure

/// What a Secret's `ca.crt` means to those who refer to it.
struct AuthorityFinding: Equatable, Sendable {
    var exists = true
    var problem: CertificateFinding.Problem?

    init(_ stored: Stored<Secret>?, _ key: ObjectKey) {
        guard let stored else {
            exists = false
            problem = .init(
                reason: .secretNotFound, message: "Secret \(key) does not exist; create it with the key \(Secret.authorityKey).")
            return
        }
        let secret = stored.resource
        guard secret.data[Secret.authorityKey] != nil || secret.stringData[Secret.authorityKey] != nil else {
            problem = Self.problem(
                .secretInvalid,
                "Secret \(key) has no \(Secret.authorityKey); put the certificates of those there who are trusted.")
            return
        }
        // The values may be on their way: they were dropped while nobody referred to the Secret.
        guard !stored.isElided, let why = Self.refusal(secret) else { return }
        problem = Self.problem(
            .certificateInvalid,
            "\(Secret.authorityKey) of Secret \(key) cannot be used: \(why). Put the certificates there in PEM form.")
    }

    private static func problem(_ reason: Refusal, _ message: String) -> CertificateFinding.Problem {
        .init(reason: reason, message: message + " Until then who was trusted before is trusted, if there was anybody.")
    }

    private static func refusal(_ secret: Secret) -> String? {
        guard let pem = secret.bytes(Secret.authorityKey) else { return "it is no base64" }
        do {
            _ = try TrustStore(pem: pem)
            return nil
        } catch { return error.message }
    }
}

/// The Secrets by which endpoints and clients are verified: what each holds, and what the proxy was told. It works as `CertificateBook` does, and
/// knows no time: an authority whose time is over is found by those who are verified.
struct AuthorityBook: Sendable {
    private struct Standing {
        var stored: Stored<Secret>?
        var finding: AuthorityFinding
        /// Clusters and hosts whose other side is verified by it.
        var uses = 0
        var told: [UInt8]?
    }

    private var standings: [ObjectKey: Standing] = [:]
    private var unsettled: Set<ObjectKey> = []

    var keys: some Sequence<ObjectKey> { standings.keys }

    func knows(_ key: ObjectKey) -> Bool { standings[key] != nil }

    /// What the Secret means now, read only if nobody asked before.
    mutating func finding(of key: ObjectKey, in snapshot: Snapshot) -> AuthorityFinding {
        if let known = standings[key]?.finding { return known }
        let stored = snapshot.secrets[key]
        let finding = AuthorityFinding(stored, key)
        standings[key] = Standing(stored: stored, finding: finding)
        unsettled.insert(key)
        return finding
    }

    /// Looks again at a Secret that may have changed. - Returns: whether those who refer to it find something else.
    mutating func judge(_ key: ObjectKey, _ snapshot: Snapshot) -> Bool {
        guard var standing = standings[key] else { return false }
        let stored = snapshot.secrets[key]
        guard standing.stored !== stored else { return false }
        let finding = AuthorityFinding(stored, key)
        let isChanged = standing.finding != finding
        (standing.stored, standing.finding) = (stored, finding)
        standings[key] = standing
        unsettled.insert(key)
        return isChanged
    }

    /// A cluster, or the clients of a host, are verified by it from now on, or no longer.
    mutating func use(_ key: ObjectKey) { count(key, 1) }
    mutating func drop(_ key: ObjectKey) { count(key, -1) }

    private mutating func count(_ key: ObjectKey, _ change: Int) {
        standings[key]?.uses += change
        unsettled.insert(key)
    }

    /// Somebody refers to it no longer.
    mutating func release(_ key: ObjectKey) { unsettled.insert(key) }

    /// What the proxy has to be told, by name; forgets those that nobody refers to.
    mutating func settle(_ dependents: Dependents) -> [CellUpdate] {
        var updates: [CellUpdate] = []
        for key in unsettled.sorted() {
            guard var standing = standings[key] else { continue }
            if let update = Self.settle(&standing, key) { updates.append(update) }
            standings[key] = dependents.on(secret: key).isEmpty ? nil : standing
        }
        unsettled = []
        return updates
    }

    private static func settle(_ standing: inout Standing, _ key: ObjectKey) -> CellUpdate? {
        guard standing.uses > 0, let stored = standing.stored else {
            defer { standing.told = nil }
            return standing.told.map { _ in .authority(secret: key.description, nil) }
        }
        guard standing.finding.problem == nil, !stored.isElided, let pem = stored.resource.bytes(Secret.authorityKey),
            pem != standing.told
        else { return nil }
        standing.told = pem
        return .authority(secret: key.description, pem)
    }
}
