import Foundation

/// The certificate authorities that this machine or image trusts.
enum SystemRoots {
    /// Where distributions keep them: Debian and Alpine, Red Hat, SUSE.
    private static let places = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// PEM; empty when there are none. `SSL_CERT_FILE` is another place, as OpenSSL has it.
    static func read() -> [UInt8] {
        let own = ProcessInfo.processInfo.environment["SSL_CERT_FILE"]
        for place in own.map({ [$0] }) ?? places {
            if let data = FileManager.default.contents(atPath: place) { return Array(data) }
        }
        return []
    }
}
