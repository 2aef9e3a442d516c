import Base
import Foundation
import Synchronization

/// The credentials to send now. Clients of the same access share one, so that a plugin runs once for all of them.
final class CredentialSource: Sendable {
    private struct CachedToken {
        var token: String
        var readAt: Instant
    }

    private struct Execution {
        var cache: ExecCache
        /// Everybody who asks while the plugin runs waits for the same run.
        var running: Task<Result<Credentials, AccessError>, Never>?
    }

    private let access: ClusterAccess
    private let bounds: ExecPlugin.Bounds
    private let cachedToken = Mutex<CachedToken?>(nil)
    private let execution: Mutex<Execution>
    /// Told of another certificate; false when there is nobody left to tell.
    private let listeners = Mutex<[@Sendable (Credentials.Certificate?) -> Bool]>([])
    /// kubelet renews a token when a fifth of its life (an hour or more) is left: a minute is early enough.
    private static let keeps: UInt64 = 60_000_000_000

    init(_ access: ClusterAccess, bounds: ExecPlugin.Bounds = .init()) {
        self.access = access
        self.bounds = bounds
        execution = Mutex(Execution(cache: ExecCache(pause: bounds.pause)))
    }

    /// Calls `changed` with each other certificate, for those whose connections were proved with the one before, until it returns
    /// false.
    func onCertificate(_ changed: @escaping @Sendable (Credentials.Certificate?) -> Bool) {
        listeners.withLock { $0.append(changed) }
    }

    func current() async throws(AccessError) -> Credentials {
        switch access.credential {
        case .none: return Credentials()
        case .token(let token): return Credentials(authorization: "Bearer " + token)
        case .basic(let username, let password):
            // RFC 7617 section 2.
            return Credentials(authorization: "Basic " + Data("\(username):\(password)".utf8).base64EncodedString())
        case .tokenFile(let path): return Credentials(authorization: "Bearer " + (try token(path)))
        case .exec(let plugin): return try await executed(plugin).get()
        }
    }

    /// The server answered 401 to these.
    /// - Returns: others to try instead; nil when there are none.
    func replacement(for refused: Credentials) async -> Credentials? {
        cachedToken.withLock { $0 = nil }
        execution.withLock { $0.cache.refuse(refused) }
        guard let next = try? await current(), next != refused else { return nil }
        return next
    }

    private func token(_ path: String) throws(AccessError) -> String {
        let now = MonotonicClock.now
        if let known = cachedToken.withLock({ $0 }), now.nanoseconds(since: known.readAt) < Self.keeps { return known.token }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw AccessError("The token file \(path) cannot be read: check that it exists and who may read it.")
        }
        let token = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !token.isEmpty else { throw AccessError("The token file \(path) is empty.") }
        cachedToken.withLock { $0 = CachedToken(token: token, readAt: now) }
        return token
    }

    private enum Answer {
        case now(Result<Credentials, AccessError>)
        case later(Task<Result<Credentials, AccessError>, Never>)
    }

    private func executed(_ plugin: ExecPlugin) async -> Result<Credentials, AccessError> {
        let answer = execution.withLock { execution -> Answer in
            switch execution.cache.next(wall: Date(), now: MonotonicClock.now) {
            case .use(let credentials): return .now(.success(credentials))
            case .fail(let error): return .now(.failure(error))
            case .run:
                if let running = execution.running { return .later(running) }
                // A task of its own: who asked first may be cancelled, and the others still wait.
                let task = Task.detached { [self] in await run(plugin) }
                execution.running = task
                return .later(task)
            }
        }
        switch answer {
        case .now(let result): return result
        case .later(let task): return await task.value
        }
    }

    private func run(_ plugin: ExecPlugin) async -> Result<Credentials, AccessError> {
        let result: Result<ExecCredential, AccessError>
        do { result = .success(try await plugin.run(for: access, bounds: bounds)) } catch { result = .failure(error) }
        let changed = execution.withLock { execution -> Bool in
            let before = execution.cache.certificate
            execution.cache.ran(result, wall: Date(), now: MonotonicClock.now)
            execution.running = nil
            return (try? result.get()).map { $0.credentials.certificate != before } ?? false
        }
        if changed, case .success(let credential) = result {
            listeners.withLock { $0.removeAll { !$0(credential.credentials.certificate) } }
        }
        return result.map(\.credentials)
    }
}
