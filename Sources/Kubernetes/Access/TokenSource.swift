import Foundation
import Synchronization

/// The bearer token to send now.
final class TokenSource: Sendable {
    private struct Cached {
        var token: String
        var readAt: ContinuousClock.Instant
    }

    private let credential: ClusterAccess.Credential
    private let cached = Mutex<Cached?>(nil)
    /// kubelet renews a token when a fifth of its life (an hour or more) is left: a minute is early enough.
    private static let keeps: Duration = .seconds(60)

    init(_ credential: ClusterAccess.Credential) { self.credential = credential }

    /// nil when requests carry no token.
    func current() throws(AccessError) -> String? {
        switch credential {
        case .none: return nil
        case .token(let token): return token
        case .tokenFile(let path):
            let now = ContinuousClock.now
            if let token = cached.withLock({ $0.flatMap { now - $0.readAt < Self.keeps ? $0.token : nil } }) { return token }
            guard let data = FileManager.default.contents(atPath: path) else {
                throw AccessError("The token file \(path) cannot be read: check that it exists and who may read it.")
            }
            let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard !token.isEmpty else { throw AccessError("The token file \(path) is empty.") }
            cached.withLock { $0 = Cached(token: token, readAt: now) }
            return token
        }
    }

    func forget() { cached.withLock { $0 = nil } }
}
