import Secure

/// Decides what the leader does about the Secret of the replicas' identity. Pure but for new keys: times come from the caller, in seconds
/// since 1970.
///
/// A new authority is believed by all before anything is signed with it, and an old one until nothing signed with it is in use: three
/// writes, an hour apart. Everything is valid from an hour before it was made, so that clocks may differ.
struct IdentityKeeper {
    /// What to do.
    enum Step {
        case keep
        /// The Secret's data, base64.
        case write([String: String], why: String)
        /// It is somebody else's, and of no use. - remedy: a sentence.
        case refuse(String)
    }

    private static let hour: Int64 = 3_600
    private static let day: Int64 = 24 * hour
    private static let leafLife = 30 * day
    private static let leafRenewal = 10 * day
    private static let authorityLife = 365 * day
    private static let authorityRenewal = 60 * day

    /// - Parameters:
    ///   - data: of the Secret, base64.
    ///   - isOurs: a leader wrote it.
    func next(_ data: [String: String], isOurs: Bool, now: Int64) -> Step {
        do {
            if data.isEmpty { return .write(try fresh(now), why: "it was empty") }
            let identity: PeerIdentity
            do {
                identity = try PeerIdentity(data)
                if let problem = identity.problem(at: now) { throw SecureError(problem) }
            } catch {
                return isOurs ? .write(try fresh(now), why: "\(error)") : .refuse(Self.remedy("\(error)"))
            }
            guard isOurs else { return .keep }
            guard let authority = authority(identity, data) else {
                return .write(try fresh(now), why: "its authority cannot sign")
            }
            return try renewed(identity, authority, data, now)
        } catch {
            return .refuse(Self.remedy("\(error)"))
        }
    }

    private static func remedy(_ problem: String) -> String {
        """
        The replicas' identity cannot be used: \(problem). Nobody but its owner changes it: repair \(PeerIdentity.Key.authorities), \
        \(PeerIdentity.Key.certificate) and \(PeerIdentity.Key.privateKey), or remove all data, and the leader makes a new one.
        """
    }

    private func authority(_ identity: PeerIdentity, _ data: [String: String]) -> CertificateAuthority? {
        guard let key = try? PrivateKey(pem: PeerIdentity.bytes(data, PeerIdentity.Key.authorityKey)),
            let pair = try? Identity(certificate: identity.authorities[0], key: key)
        else { return nil }
        return try? CertificateAuthority(identity: pair)
    }

    private func renewed(
        _ identity: PeerIdentity, _ authority: CertificateAuthority, _ data: [String: String], _ now: Int64
    ) throws(SecureError) -> Step {
        let newest = identity.authorities[0]
        let leaf = identity.leaf.certificate
        let left = leaf.validUntil - now
        // What the newest authority issued came after it.
        let isOfAnother = leaf.validFrom < newest.validFrom
        if newest.validUntil - now < Self.authorityRenewal {
            let new = try newAuthority(now)
            var data = data
            let believed = [new.identity.certificate] + identity.authorities.filter { $0.validUntil >= now }
            data[PeerIdentity.Key.authorities] = try Self.text(believed)
            data[PeerIdentity.Key.authorityKey] = Base64.encode(try new.identity.key.pem())
            return .write(data, why: "its authority ends")
        }
        if isOfAnother ? age(newest, now) >= Self.hour || left < 2 * Self.hour : left < Self.leafRenewal {
            return .write(
                try self.data(authority, identity.authorities, now), why: isOfAnother ? "its authority is new" : "it ends")
        }
        if identity.authorities.count > 1, !isOfAnother, age(leaf, now) >= Self.hour {
            var data = data
            data[PeerIdentity.Key.authorities] = try Self.text([newest])
            return .write(data, why: "nothing of its former authority is in use")
        }
        return .keep
    }

    /// Since it was made, which is an hour after the beginning of its validity.
    private func age(_ certificate: Certificate, _ now: Int64) -> Int64 { now - certificate.validFrom - Self.hour }

    private func fresh(_ now: Int64) throws(SecureError) -> [String: String] {
        let authority = try newAuthority(now)
        return try data(authority, [authority.identity.certificate], now)
    }

    private func newAuthority(_ now: Int64) throws(SecureError) -> CertificateAuthority {
        try .selfSigned(
            CertificateTemplate(
                .authority, commonName: PeerIdentity.name, validFrom: now - Self.hour, validUntil: now + Self.authorityLife))
    }

    private func data(
        _ authority: CertificateAuthority, _ believed: [Certificate], _ now: Int64
    ) throws(SecureError) -> [String: String] {
        var template = CertificateTemplate(
            .serverAndClient, commonName: PeerIdentity.name, validFrom: now - Self.hour, validUntil: now + Self.leafLife)
        template.alternativeNames = [.dns(PeerIdentity.name)]
        let leaf = try authority.issue(template)
        return [
            PeerIdentity.Key.authorities: try Self.text(believed),
            PeerIdentity.Key.authorityKey: Base64.encode(try authority.identity.key.pem()),
            PeerIdentity.Key.certificate: try Self.text([leaf.certificate]),
            PeerIdentity.Key.privateKey: Base64.encode(try leaf.key.pem()),
        ]
    }

    private static func text(_ certificates: [Certificate]) throws(SecureError) -> String {
        var pem: [UInt8] = []
        for certificate in certificates { pem += try certificate.pem() }
        return Base64.encode(pem)
    }
}
