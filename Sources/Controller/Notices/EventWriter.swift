import Documents
import Kubernetes
import Resources
import Synchronization
import Translator

/// Writes Events one after the other, beside everything else. When too many wait, new ones are dropped.
final class EventWriter: Sendable {
    private struct Recorder {
        var client: APIClient
        var recorder: EventRecorder
    }

    private let connection: ClusterConnection
    private let component: String
    private let instance: String
    private let notes: AsyncStream<EventRecorder.Note>
    private let sink: AsyncStream<EventRecorder.Note>.Continuation
    private let recorder: Mutex<Recorder>
    private let overflowed = Mutex<UInt64>(0)

    init(_ connection: ClusterConnection, component: String, instance: String) {
        self.connection = connection
        self.component = component
        self.instance = instance
        (notes, sink) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(256))
        let client = connection.client
        recorder = Mutex(Recorder(client: client, recorder: EventRecorder(client, component: component, instance: instance)))
    }

    /// Events that were not written.
    var dropped: UInt64 { overflowed.withLock { $0 } + recorder.withLock { UInt64($0.recorder.dropped) } }

    /// Returns at once.
    func offer(_ note: EventRecorder.Note) {
        if case .dropped = sink.yield(note) { overflowed.withLock { $0 += 1 } }
    }

    /// Runs until the task is cancelled.
    func run() async {
        for await note in notes { await current().record(note) }
    }

    private func current() -> EventRecorder {
        let client = connection.client
        return recorder.withLock { known in
            if known.client !== client {
                known = Recorder(client: client, recorder: EventRecorder(client, component: component, instance: instance))
            }
            return known.recorder
        }
    }
}

extension EventRecorder.Note {
    /// nil for kinds that Martlet does not read.
    init?(_ diagnostic: Diagnostic, uid: String) {
        let field = diagnostic.path.isRoot ? "" : "\(diagnostic.path): "
        self.init(diagnostic.subject, uid: uid, reason: diagnostic.reason, message: field + diagnostic.message)
    }

    init?(_ complaint: Complaint, about object: ObjectReference, uid: String) {
        self.init(object, uid: uid, reason: complaint.reason, message: complaint.message)
    }

    private init?(_ object: ObjectReference, uid: String, reason: String, message: String) {
        guard let kind = Snapshot.kinds.first(where: { $0.kind == object.kind && $0.group == object.group }) else { return nil }
        self.init(
            .warning, apiVersion: kind.apiVersion, kind: kind.kind, object: object.key, uid: uid, reason: reason, message: message
        )
    }
}
