import HTTP

/// Requests that came without TLS, and are not to be sent to https for it.
enum SealedElsewhere {
    /// A certificate authority asks whether the host is ours (RFC 8555 section 8.3): it asks by plain HTTP, before there is a certificate.
    static func isChallenge(_ head: borrowing RequestHead) -> Bool {
        let prefix: StaticString = "/.well-known/acme-challenge/"
        guard head.path.count > prefix.utf8CodeUnitCount else { return false }
        let wanted = unsafe prefix.utf8Start
        for i in 0..<prefix.utf8CodeUnitCount where unsafe head.path[i] != wanted[i] { return false }
        return true
    }

    /// A proxy says that the client came to it by https. Whether it is believed is the caller's business.
    static func isSaid(_ head: borrowing RequestHead) -> Bool {
        for i in head.fields.indices where head.fields[i].kind == .xForwardedProto { return isHTTPS(head.value(i)) }
        return false
    }

    private static func isHTTPS(_ value: borrowing Span<UInt8>) -> Bool {
        let wanted: StaticString = "https"
        guard value.count == wanted.utf8CodeUnitCount else { return false }
        let letters = unsafe wanted.utf8Start
        for i in value.indices where unsafe value[i] | 0x20 != letters[i] { return false }
        return true
    }
}
