import Foundation

/// The certificate files that a loop's connections were made with. libcurl reads them anew for each connection; what a connection
/// proved when it began stays as it was, so connections have to go when a file has other contents.
struct CertificateFiles {
    private let paths: [String]
    private let interval: Duration
    private var contents: [Data?]
    /// When to look next; nil when there is nothing to look at.
    private(set) var nextCheck: ContinuousClock.Instant?

    init(_ tls: TLSOptions, interval: Duration, now: ContinuousClock.Instant) {
        paths = [tls.authorities, tls.clientCertificate, tls.clientKey].compactMap { pem in
            if case .file(let path) = pem { path } else { nil }
        }
        self.interval = interval
        contents = paths.map { FileManager.default.contents(atPath: $0) }
        nextCheck = paths.isEmpty ? nil : now + interval
    }

    /// Whether a file has other contents than at the beginning. One that cannot be read just now is no change: it may be between
    /// its old and its new state.
    mutating func haveChanged(at now: ContinuousClock.Instant) -> Bool {
        guard let due = nextCheck, due <= now else { return false }
        nextCheck = now + interval
        for (index, path) in paths.enumerated() {
            guard let current = FileManager.default.contents(atPath: path), !current.isEmpty else { continue }
            if let known = contents[index], known != current { return true }
            contents[index] = current
        }
        return false
    }
}
