import Base
public import Documents
public import Telemetry
public import Translator
import Dispatch
import Reactor
import Secure
import Synchronization

/// Keeps the last good state of the cluster in a file, and finds it again when the process begins and the cluster cannot be asked.
///
/// Nothing here is on anybody's way: a queue of its own asks for the state now and then and writes it; between, nothing is kept. A disk that
/// is full is told once; the file before stays, and is good until it is too old.
public final class LastGood: Sendable {
    public struct Settings: Sendable {
        public var folder: String
        public var maximumAge: Duration
        /// Of the program, for people who look into the file.
        public var program = ""
        /// A file is not read if it is larger.
        public var limit: UInt64 = 512 << 20

        public init(folder: String, maximumAge: Duration) {
            self.folder = folder
            self.maximumAge = maximumAge
        }
    }

    /// A state that was kept.
    public struct Recollection: Sendable {
        public var objects: [Packed]
        /// Seconds since 1970.
        public var written: Int64
    }

    private struct State {
        var present: @Sendable () -> Snapshot? = { nil }
        var pacing: Pacing
        /// The visit that counts; those that were arranged before it do not.
        var nextVisit: Instant?
        var isStopped = false
        var saidFailure: String?
        var figures = LastGoodFigures()
    }

    private let settings: Settings
    private let identity: @Sendable () -> String?
    private let isCurrent: @Sendable () -> Bool
    private let afterWriting: @Sendable () -> Void
    private let log: LogSink
    private let queue = DispatchQueue(label: "martlet.snapshot", qos: .utility)
    private let state: Mutex<State>
    private let numbers = Mutex(LastGoodFigures())

    /// - Parameters:
    ///   - identity: `ClusterIdentity` of the cluster as it is reached now; nil when that cannot be said.
    ///   - isCurrent: whether the objects are known to be what the cluster holds at this moment.
    ///   - afterWriting: called when what was made to be written has been let go of.
    public init(
        _ settings: Settings, identity: @escaping @Sendable () -> String?, isCurrent: @escaping @Sendable () -> Bool,
        afterWriting: @escaping @Sendable () -> Void = {}, log: @escaping LogSink
    ) {
        self.settings = settings
        self.identity = identity
        self.isCurrent = isCurrent
        self.afterWriting = afterWriting
        self.log = log
        var pacing = Pacing.Settings()
        // Old enough to be refused must not happen to a state that is true.
        pacing.refresh = min(pacing.refresh, max(1, UInt64(clamping: settings.maximumAge.components.seconds) / 6) * 1_000_000_000)
        state = Mutex(State(pacing: Pacing(pacing)))
    }

    public var folder: String { settings.folder }

    /// How it stands, for `/metrics` and `/config`.
    public var figures: LastGoodFigures { numbers.withLock { $0 } }

    // MARK: - Keeping

    /// Returns at once.
    ///
    /// - Parameters:
    ///   - isChanged: whether the state is not what it was.
    ///   - isComplete: everything was listed once, so that there is something to keep.
    ///   - present: what the state is when it is written; nil when nobody knows any more. Of Secrets it has the values of those that are
    ///     referred to (of certificates while that is not known), and of others the keys.
    public func remember(isChanged: Bool, isComplete: Bool, present: @escaping @Sendable () -> Snapshot?) {
        queue.async { [self] in
            state.withLock { state in
                state.present = present
                state.pacing.changed(isComplete: isComplete, isChanged: isChanged)
                arrange(&state)
            }
        }
    }

    /// Writes what was not written yet, and ends it. Blocks, two seconds at most.
    public func stop() {
        let ended = DispatchSemaphore(value: 0)
        queue.async { [self] in
            state.withLock { state in
                if state.pacing.isWanting { write(&state) }
                state.isStopped = true
            }
            ended.signal()
        }
        _ = ended.wait(timeout: .now() + .seconds(2))
    }

    private func arrange(_ state: inout State) {
        guard !state.isStopped, let due = state.pacing.due, state.nextVisit != due else { return }
        state.nextVisit = due
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: due.nanoseconds(since: now)))) { [weak self] in
            self?.visit(due)
        }
    }

    private func visit(_ due: Instant) {
        state.withLock { state in
            guard !state.isStopped, state.nextVisit == due else { return }
            state.nextVisit = nil
            // The same state again only says that it is still true, which must then be known.
            if state.pacing.isWanting || isCurrent() {
                write(&state)
                afterWriting()
            } else {
                state.pacing.failed(at: now, after: state.pacing.settings.interval)
            }
            arrange(&state)
        }
    }

    private func write(_ state: inout State) {
        guard let identity = identity(), let snapshot = state.present() else { return state.pacing.failed(at: now) }
        let startedAt = now
        let header = SnapshotFile.Header(written: wallSeconds, cluster: identity, objects: snapshot.count)
        let parts = SnapshotFile.parts(header, program: settings.program, lines: Self.lines(snapshot), hash: Self.hash)
        do throws(PrivateFolder.Refusal) {
            let folder = try PrivateFolder(settings.folder, makingIt: true)
            try folder.replace(Self.name(identity), with: parts)
            state.pacing.wrote(at: now, taking: now.nanoseconds(since: startedAt))
            state.figures.writes += 1
            state.figures.lastWritten = header.written
            state.figures.bytes = parts.reduce(0) { $0 + $1.count }
            state.figures.lastWriteSeconds = Double(now.nanoseconds(since: startedAt)) / 1e9
            told(nil, folder.isInMemory, &state)
        } catch {
            // Another replica on this machine writes the same.
            if error == .busy { return state.pacing.failed(at: now, after: 200_000_000) }
            state.pacing.failed(at: now)
            state.figures.failures += 1
            told("\(error)", true, &state)
        }
        numbers.withLock { $0 = state.figures }
    }

    /// Each failure is told once, and its end.
    private func told(_ failure: String?, _ isInMemory: Bool, _ state: inout State) {
        let fields: KeyValuePairs = ["directory": settings.folder, "reason": failure ?? ""]
        if let failure, state.saidFailure != failure {
            log(LogEvent(.warning, "the snapshot of the last good state cannot be written; serving goes on without", fields))
        } else if failure == nil, state.saidFailure != nil {
            log(LogEvent(.info, "the snapshot of the last good state is written again", ["directory": settings.folder]))
        }
        if failure == nil, !isInMemory, state.figures.writes == 1 {
            log(
                LogEvent(
                    .warning, "the snapshot's directory is not in memory: keys of certificates go to a disk",
                    ["directory": settings.folder]))
        }
        state.saidFailure = failure
        state.figures.failure = failure ?? ""
    }

    // MARK: - Recalling

    /// The state that was kept of this cluster, if it may be served from; says in the log why not. Takes as long as reading the file does.
    public func recall() -> Recollection? {
        do {
            return try read()
        } catch {
            let level: LogEvent.Level = error.isMissing ? .info : .warning
            log(LogEvent(level, "no snapshot is served from", ["directory": settings.folder, "reason": error.sentence]))
            return nil
        }
    }

    /// Why there is nothing to serve from.
    enum Unusable: Error, Equatable {
        case folder(PrivateFolder.Refusal)
        case file(PrivateFolder.Refusal)
        case fault(SnapshotFile.Fault)
        case refused(Admission.Refusal)
        case unknownCluster

        var isMissing: Bool { self == .folder(.missing) || self == .file(.missing) }

        var sentence: String {
            switch self {
            case .folder(let refusal):
                refusal == .missing ? "the directory is not there" : "the directory cannot be trusted or used: \(refusal)"
            case .file(.missing): "there is no snapshot of this cluster"
            case .file(let refusal): "the snapshot cannot be trusted or read: \(refusal)"
            case .fault(.notASnapshot): "the file is no snapshot"
            case .fault(.otherVersion(let version)):
                "the snapshot has the format \(version.prefix(20)), and this program reads \(SnapshotFile.version)"
            case .fault(.damaged(let why)): "the snapshot is damaged: \(why)"
            case .refused(let refusal): refusal.sentence
            case .unknownCluster: "the certificate authorities cannot be read, so that nobody knows which cluster it would be"
            }
        }
    }

    private func read() throws(Unusable) -> Recollection {
        guard let identity = identity() else { throw .unknownCluster }
        let folder: PrivateFolder
        do { folder = try PrivateFolder(settings.folder, makingIt: false) } catch { throw .folder(error) }
        let bytes: [UInt8]
        do { bytes = try folder.read(Self.name(identity), limit: settings.limit) } catch { throw .file(error) }
        let file: SnapshotFile
        do { file = try SnapshotFile(bytes, hash: Self.hash) } catch { throw .fault(error) }
        let admission = Admission(cluster: identity, maximumAge: settings.maximumAge.components.seconds)
        do { try admission.judge(file.header, at: wallSeconds) } catch { throw .refused(error) }
        return Recollection(objects: file.objects, written: file.header.written)
    }

    // MARK: - Small things

    /// One file for each cluster, so that two gateways of two clusters do not get in each other's way. Replicas of one cluster share it:
    /// they keep the same.
    static func name(_ identity: String) -> String { identity + ".snapshot" }

    static func hash(_ parts: [[UInt8]]) -> String { Hexadecimal.text(SHA256.hash(pieces: parts)) }

    /// A line for each object, in pieces of some size: what is written once a few seconds shall leave no large holes in memory.
    static func lines(_ snapshot: Snapshot) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        snapshot.forEachDocument { document in
            piece.append(contentsOf: document.value.json)
            piece.append(0x0a)
            if piece.count >= 1 << 20 {
                pieces.append(piece)
                piece = []
            }
        }
        return piece.isEmpty ? pieces : pieces + [piece]
    }

    private var now: Instant { Instant(nanoseconds: SystemClock.monotonicNanoseconds) }
    private var wallSeconds: Int64 { Int64(clamping: SystemClock.unixNanoseconds / 1_000_000_000) }
}
