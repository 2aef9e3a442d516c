import Base
import Foundation

/// Decides when a credential plugin has to run: a pure machine over what it printed last and both clocks.
///
/// Expiry is wall time, because the plugin says it so; a wall clock that jumps forward runs the plugin early, one that jumps back is
/// found out by the server's refusal. What protects the machine from a plugin that fails or prints expired credentials, the
/// pause between two runs, is monotonic time.
struct ExecCache: Sendable {
    enum Step: Sendable, Equatable {
        case use(Credentials)
        case fail(AccessError)
        case run
    }

    /// Credentials are renewed that much before they expire, or a tenth of their life when that is shorter: a request takes time.
    static let early: TimeInterval = 10

    /// Between two runs, in nanoseconds.
    private let pause: UInt64
    private var last: Result<ExecCredential, AccessError>?
    private var ranAt = Instant.zero
    private var renewAt: Date?
    private var isRefused = false

    init(pause: Duration) { self.pause = pause.wholeNanoseconds }

    /// What was printed last for connections.
    var certificate: Credentials.Certificate? { (try? last?.get())?.credentials.certificate }

    func next(wall: Date, now: Instant) -> Step {
        guard let last else { return .run }
        let mayRun = now.nanoseconds(since: ranAt) >= pause
        switch last {
        case .failure(let error): return mayRun ? .run : .fail(error)
        case .success(let credential):
            let isOver = isRefused || renewAt.map { wall >= $0 } ?? false
            return isOver && mayRun ? .run : .use(credential.credentials)
        }
    }

    mutating func ran(_ result: Result<ExecCredential, AccessError>, wall: Date, now: Instant) {
        last = result
        ranAt = now
        isRefused = false
        renewAt = nil
        guard case .success(let credential) = result, let expires = credential.expires else { return }
        let life = expires.timeIntervalSince(wall)
        renewAt = expires.addingTimeInterval(-max(0, min(Self.early, life / 10)))
    }

    /// The server answered 401 to these. Others may have come meanwhile.
    mutating func refuse(_ credentials: Credentials) {
        if case .success(let known) = last, known.credentials == credentials { isRefused = true }
    }
}
