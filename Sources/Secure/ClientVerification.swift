/// What a server wants to see of its clients' certificates.
public struct ClientVerification: Sendable {
    /// Who may vouch for a client. With none of them no certificate is good.
    public let authorities: [Certificate]
    /// A client without a certificate is sent away. One that is shown must always be good.
    public let isRequired: Bool

    public init(authorities: [Certificate], isRequired: Bool) {
        self.authorities = authorities
        self.isRequired = isRequired
    }

    /// The same for two that treat every client alike.
    var identity: [UInt8] {
        get throws(SecureError) {
            var pieces: [[UInt8]] = [[isRequired ? 1 : 2]]
            for authority in authorities { pieces.append(try authority.fingerprint()) }
            return SHA256.hash(pieces: [pieces[0]] + pieces.dropFirst().sorted { $0.lexicographicallyPrecedes($1) })
        }
    }
}
