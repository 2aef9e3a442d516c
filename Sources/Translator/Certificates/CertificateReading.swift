import Graph
import Resources
import Secure

/// What a Secret that somebody refers to holds. One version of a Secret is read once: parsing keys takes its time.
enum CertificateReading: Sendable, Equatable {
    case missing
    /// The values are on their way: they were dropped while nobody referred to the Secret.
    case pending
    /// Cannot be presented.
    case refused(Refusal, String)
    case leaf(Leaf)

    /// What is known of the certificate that clients would see.
    struct Leaf: Sendable, Equatable {
        /// DNS names that it vouches for, in lower case.
        var names: [String]
        /// Seconds since 1970; valid from the first to the second, both included.
        var validFrom: Int64
        var validUntil: Int64
        var key: PrivateKey.Kind

        /// - Parameter now: nil where no time is known, and every certificate is in its time.
        func isInTime(_ now: Int64?) -> Bool { now.map { $0 >= validFrom && $0 <= validUntil } ?? true }

        /// When the answer of `isInTime` changes next.
        func nextMoment(after now: Int64) -> Int64? {
            if now < validFrom { return validFrom }
            return now <= validUntil ? validUntil + 1 : nil
        }
    }

    /// nil: there is no such Secret.
    init(_ stored: Stored<Secret>?) {
        guard let stored else {
            self = .missing
            return
        }
        let secret = stored.resource
        guard secret.type == Secret.certificateType else {
            self = .refused(
                .secretInvalid,
                "Secret \(stored.key) has the type \(secret.type) and holds no certificate; make one of type kubernetes.io/tls, with the "
                    + "keys tls.crt and tls.key.")
            return
        }
        for key in [Secret.chainKey, Secret.privateKey] where secret.data[key] == nil && secret.stringData[key] == nil {
            self = .refused(
                .secretInvalid, "Secret \(stored.key) has no \(key); a certificate needs tls.crt and tls.key, both in PEM form.")
            return
        }
        self = stored.isElided ? .pending : Self.read(secret, stored.key)
    }

    private static func read(_ secret: Secret, _ key: ObjectKey) -> CertificateReading {
        func refused(_ what: String, _ why: String, _ remedy: String) -> CertificateReading {
            .refused(.certificateInvalid, "\(what) of Secret \(key) cannot be used: \(why). \(remedy)")
        }
        let chainRemedy = "Put the certificate there in PEM form, then those that vouch for it."
        let keyRemedy = "Put the private key of the first certificate there, in PEM form and not encrypted."
        guard let chainBytes = secret.bytes(Secret.chainKey) else {
            return refused(Secret.chainKey, "it is no base64", chainRemedy)
        }
        guard let keyBytes = secret.bytes(Secret.privateKey) else {
            return refused(Secret.privateKey, "it is no base64", keyRemedy)
        }
        let leaf: Certificate?
        do { leaf = try Certificate.chain(pem: chainBytes).first } catch {
            return refused(Secret.chainKey, error.message, chainRemedy)
        }
        let privateKey: PrivateKey
        do { privateKey = try PrivateKey(pem: keyBytes) } catch { return refused(Secret.privateKey, error.message, keyRemedy) }
        guard let leaf, leaf.matches(privateKey) else {
            return refused(Secret.privateKey, "it does not belong to the first certificate of tls.crt", keyRemedy)
        }
        let names = leaf.subjectAlternativeNames.compactMap { if case .dns(let name) = $0 { name.lowercased() } else { nil } }
        return .leaf(Leaf(names: names, validFrom: leaf.validFrom, validUntil: leaf.validUntil, key: privateKey.kind))
    }
}

extension Secret {
    static let chainKey = "tls.crt"
    static let privateKey = "tls.key"

    /// A value; nil when there is none or it is no base64. Plain text has precedence, as an API server merges it.
    func bytes(_ key: String) -> [UInt8]? {
        if let text = stringData[key] { return Array(text.utf8) }
        return data[key].flatMap(Base64.decode)
    }

    /// As the proxy takes them; nil when one of them is not there.
    var certificateBytes: CertificateBytes? {
        guard let chain = bytes(Self.chainKey), let key = bytes(Self.privateKey) else { return nil }
        return CertificateBytes(chain: chain, key: key)
    }
}
