import Controller
import Documents
import Foundation
import Reactor
import Synchronization
import Telemetry
import Translator

/// A watched folder of manifests as a source of objects.
///
/// Each reading is delivered as a whole: what was written together takes effect together. A file that cannot be parsed keeps its last
/// good version and is named in the log, once for each new fault.
final class ManifestSource: ObjectSource {
    private struct State {
        var files: ManifestFiles
        var problems: [ManifestProblem] = []
        var watched: Set<String> = []
        /// Why the folder itself cannot be read.
        var failure: String?
    }

    private let folder: String
    private let watch: FolderWatch
    private let state: Mutex<State>
    private let log: LogSink

    /// Throws when the folder is not there or cannot be watched.
    init(_ folder: String, log: @escaping LogSink) throws(Failure) {
        self.folder = folder
        self.log = log
        state = Mutex(State(files: ManifestFiles([folder])))
        guard FileManager.default.fileExists(atPath: folder) else { throw .unreachable("there is no folder '\(folder)'") }
        do {
            watch = try FolderWatch()
            try watch.add(folder)
        } catch {
            throw .unreachable("cannot watch \(folder): \(error)")
        }
    }

    var feeds: [FeedFigures] {
        let (problems, failure) = state.withLock { ($0.problems, $0.failure) }
        let problem = failure ?? problems.map(\.description).joined(separator: "\n")
        return [FeedFigures(name: folder, state: problem.isEmpty ? .current : .troubled, problem: problem)]
    }

    /// Files are there or not; they are nobody's to reach.
    var isUnreachable: Bool { false }

    func run(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isStarted = SystemThread.start("manifests", stackBytes: 8 << 20) { [self] in
                    follow(deliver)
                    continuation.resume()
                }
                if !isStarted {
                    log(LogEvent(.error, "the manifests cannot be watched: the system has no thread to give"))
                    continuation.resume()
                }
            }
        } onCancel: {
            watch.stop()
        }
    }

    private func follow(_ deliver: (SourceBatch) -> Void) {
        var isFirst = true
        var outcome = FolderWatch.Outcome.changed
        while outcome != .stopped {
            let pause = read(sparingWriters: !isFirst, deliver)
            isFirst = false
            outcome = pause.map { watch.wait(milliseconds: $0) } ?? watch.wait()
        }
    }

    /// - Returns: after how many milliseconds to read again without an event; nil when only an event asks for it.
    private func read(sparingWriters: Bool, _ deliver: (SourceBatch) -> Void) -> Int32? {
        do {
            let reading = try state.withLock { state throws(Failure) in
                try Self.read(&state, sparingWritersAt: sparingWriters ? Date() : nil)
            }
            for problem in reading.news { log(LogEvent(.error, "a manifest cannot be read", ["problem": problem.description])) }
            deliver(SourceBatch(Self.changes(reading.documents), isComplete: true, isWhole: true))
            // What was written into a new folder before it was watched is found by reading once more.
            return watchAll() ? 20 : reading.unsettledMilliseconds
        } catch {
            let isNews = state.withLock { state in
                defer { state.failure = error.description }
                return state.failure != error.description
            }
            if isNews { log(LogEvent(.error, "the manifests cannot be read", ["problem": error.description])) }
            return 500
        }
    }

    private struct Reading {
        var documents: [Located]
        var news: [ManifestProblem]
        var unsettledMilliseconds: Int32?
    }

    private static func read(_ state: inout State, sparingWritersAt now: Date?) throws(Failure) -> Reading {
        let read = try state.files.read(sparingWriters: now)
        let news = read.problems.filter { !state.problems.contains($0) }
        state.problems = read.problems
        state.failure = nil
        return Reading(documents: read.documents, news: news, unsettledMilliseconds: state.files.unsettledMilliseconds)
    }

    /// - Returns: whether a folder was not watched before.
    private func watchAll() -> Bool {
        state.withLock { state in
            let isNew = !state.watched.isSuperset(of: state.files.folders)
            state.watched = Set(state.files.folders)
            for folder in state.files.folders {
                do {
                    // All of them: one that was removed and made again is another one.
                    try watch.add(folder)
                } catch {
                    state.failure = "cannot watch \(folder): \(error)"
                }
            }
            return isNew
        }
    }

    private static func changes(_ documents: [Located]) -> [SourceChange] {
        let byKind = Dictionary(grouping: documents) { Snapshot.kind(of: $0.value) }
        return Snapshot.kinds.map { .replaced($0, namespace: nil, (byKind[$0] ?? []).map { Arrival($0) }) }
    }
}
