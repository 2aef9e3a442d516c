/// What a server wants to see of its clients' certificates.
public struct ClientVerification: Sendable {
    /// Who may vouch for a client; nil: nobody, and no certificate is good.
    public let trust: TrustStore?
    /// A client without a certificate is sent away. One that is shown must always be good.
    public let isRequired: Bool

    public init(by trust: TrustStore?, isRequired: Bool) {
        self.trust = trust
        self.isRequired = isRequired
    }

    /// The same for two that treat every client alike.
    var identity: [UInt8] {
        get throws(SecureError) {
            var pieces: [[UInt8]] = []
            for authority in trust?.authorities ?? [] { pieces.append(try authority.fingerprint()) }
            return SHA256.hash(pieces: pieces.sorted { $0.lexicographicallyPrecedes($1) } + [[isRequired ? 1 : 2]])
        }
    }
}
