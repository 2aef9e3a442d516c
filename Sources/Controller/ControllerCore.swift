import Documents
import Kubernetes
import Resources
import Translator

/// What the rounds of a controller share: the snapshot, the translator and what has been said. Pure.
struct ControllerCore {
    private var snapshot: Snapshot
    private var translator: Translator
    private var board = NoticeBoard()
    /// Of every object, for Events; not kept without a cluster.
    private var uids: [ObjectReference: String] = [:]
    private let keepsIdentities: Bool
    private var wasTranslated = false
    var isStopped = false

    init(_ settings: TranslatorSettings, keepsIdentities: Bool) {
        snapshot = Snapshot(defaultNamespace: settings.defaultNamespace)
        translator = Translator(settings)
        self.keepsIdentities = keepsIdentities
    }

    /// Takes changes over. - Returns: what they ask for; nil before everything was listed.
    mutating func take(_ changes: [SourceChange], isComplete: Bool) -> Translator.Change? {
        guard !isStopped else { return nil }
        var touched: Set<ObjectReference> = []
        for change in changes {
            if keepsIdentities { identify(change) }
            switch change {
            case .put(_, let document): if let reference = snapshot.put(document) { touched.insert(reference) }
            case .removed(_, let reference): if snapshot.remove(reference) { touched.insert(reference) }
            case .replaced(let kind, let namespace, let documents):
                touched.formUnion(snapshot.replace(kind, namespace: namespace, with: documents))
            }
        }
        guard isComplete else { return nil }
        guard wasTranslated else {
            wasTranslated = true
            return .translation(translator.translate(snapshot))
        }
        return touched.isEmpty ? .nothing : translator.update(snapshot, changed: touched)
    }

    /// What the last translation changed.
    var statusEdits: [StatusEdit] { translator.statusEdits }

    private mutating func identify(_ change: SourceChange) {
        switch change {
        case .put(let kind, let document): uids[ObjectReference(kind, document.value)] = document.uid
        case .removed(_, let reference): uids[reference] = nil
        case .replaced(let kind, let namespace, let documents):
            uids = uids.filter { !$0.key.isOf(kind, namespace) }
            for document in documents { uids[ObjectReference(kind, document.value)] = document.uid }
        }
    }

    // MARK: - Notices

    /// What is to be said.
    struct Notices {
        var diagnostics: [Diagnostic] = []
        var complaints: [Complaint] = []
        var events: [EventRecorder.Note] = []
    }

    mutating func notices(_ change: Translator.Change, _ complaints: [Complaint]) -> Notices {
        var notices = Notices()
        if case .translation(let translation) = change { notices.diagnostics = board.update(translation.diagnostics) }
        notices.complaints = board.update(complaints)
        notices.events = notices.diagnostics.compactMap(note) + notices.complaints.compactMap(note)
        return notices
    }

    /// What was said so far, for a replica that begins to lead.
    func presentNotices() -> [EventRecorder.Note] { board.diagnostics.compactMap(note) + board.told.compactMap(note) }

    private func note(_ diagnostic: Diagnostic) -> EventRecorder.Note? {
        uids[diagnostic.subject].flatMap { EventRecorder.Note(diagnostic, uid: $0) }
    }

    private func note(_ complaint: Complaint) -> EventRecorder.Note? {
        guard let object = complaint.object, let uid = uids[object] else { return nil }
        return EventRecorder.Note(complaint, about: object, uid: uid)
    }
}

extension Located {
    fileprivate var uid: String { value[at: "metadata", "uid"]?.string ?? "" }
}

extension ControllerFigures {
    mutating func count(_ change: Translator.Change, generation: UInt64) {
        switch change {
        case .nothing: break
        case .cells(let updates): cellUpdates += UInt64(updates.count)
        case .translation(let translation):
            isTranslated = true
            translations += 1
            self.generation = generation
            diagnostics = translation.diagnostics
        }
    }
}
