/// What a request carries to say who asks.
struct Credentials: Sendable, Equatable {
    /// PEM.
    struct Certificate: Sendable, Equatable {
        var certificate: [UInt8]
        var key: [UInt8]
    }

    /// The value of the field `Authorization`.
    var authorization: String?
    /// For the connection, in place of the one in the TLS options.
    var certificate: Certificate?
}
