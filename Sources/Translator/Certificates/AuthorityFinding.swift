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
