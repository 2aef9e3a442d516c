import Documents
import Graph
import Kubernetes
import Resources
import Translator

/// What the rounds of a controller share: the snapshot, the translator and what has been said. Pure.
struct ControllerCore {
    private(set) var snapshot: Snapshot
    private var translator: Translator
    private var board = NoticeBoard()
    private let isFromCluster: Bool
    /// Which Secrets the translator refers to was last looked at then.
    private var secretsVersion = -1
    private var wasTranslated = false
    /// The last good state is not what it was.
    private var isChanged = false
    /// As they were told last.
    private var rollouts: [RolloutFinding] = []
    /// Rollouts that are obeyed in another way since the last round.
    private var retreated: Set<ObjectReference> = []
    /// They may be others by now.
    private var mayRolloutsDiffer = false
    var isStopped = false

    /// - Parameter isFromCluster: objects have identities there, and can be read again.
    init(_ settings: TranslatorSettings, isFromCluster: Bool) {
        snapshot = Snapshot(defaultNamespace: settings.defaultNamespace)
        translator = Translator(settings)
        self.isFromCluster = isFromCluster
    }

    /// Takes changes over. - Returns: what they, and the time that has passed, ask for; nil before everything was listed.
    ///
    /// - Parameter now: seconds since 1970.
    mutating func take(_ changes: [SourceChange], isComplete: Bool, now: Int64) -> Translator.Change? {
        guard !isStopped else { return nil }
        var touched: Set<ObjectReference> = []
        for change in changes {
            switch change {
            case .put(_, let arrival): if let reference = snapshot.put(arrival) { touched.insert(reference) }
            case .removed(_, let reference): if snapshot.remove(reference) { touched.insert(reference) }
            case .replaced(let kind, let namespace, let arrivals):
                touched.formUnion(snapshot.replace(kind, namespace: namespace, with: arrivals))
            }
        }
        if !touched.isEmpty { isChanged = true }
        touched.formUnion(retreated)
        retreated = []
        // Endpoints come in storms, and matter only to those that watch them.
        if touched.contains(where: { $0.kind != EndpointSlice.kind.kind })
            || !touched.isEmpty && rollouts.contains(where: \.followsEndpoints)
        {
            mayRolloutsDiffer = true
        }
        guard isComplete else { return nil }
        guard wasTranslated else {
            wasTranslated = true
            return .translation(translator.translate(snapshot, now: now))
        }
        let isDue = translator.nextMoment.map { $0 <= now } ?? false
        return touched.isEmpty && !isDue ? .nothing : translator.update(snapshot, changed: touched, now: now)
    }

    /// A revision is taken back here, whatever the Rollout's status says; nil: the status is obeyed again.
    mutating func retreat(_ rollout: ObjectReference, from revision: String?) {
        snapshot.retreats[rollout] = revision
        retreated.insert(rollout)
    }

    /// The objects of the source are what the proxy serves.
    var isLive: Bool { wasTranslated }

    /// What the last translation changed, told once.
    mutating func takeStatusEdits() -> [StatusEdit] { translator.takeStatusEdits() }

    /// What the proxy is to know of certificates before it gets the graph of the last translation, and after it.
    var certificateUpdates: (before: [CellUpdate], after: [CellUpdate]) {
        let isGone = { (update: CellUpdate) in
            switch update {
            case .certificate(_, nil), .authority(_, nil): true
            default: false
            }
        }
        let updates = translator.certificateUpdates
        return (updates.filter { !isGone($0) }, updates.filter(isGone))
    }

    /// When certificates that are presented end, by Secret.
    var certificateExpiries: [String: Int64] { translator.certificateExpiries }

    /// When to take again although nothing changed, in seconds since 1970.
    var nextMoment: Int64? { isStopped ? nil : translator.nextMoment }

    /// Lets go of the values of Secrets that nothing refers to any more. - Returns: those that are referred to now and whose values are
    /// not here. Files cannot be read again one by one, so theirs stay.
    mutating func missingSecrets() -> [ObjectReference] {
        guard isFromCluster, wasTranslated, translator.secretsVersion != secretsVersion else { return [] }
        secretsVersion = translator.secretsVersion
        isChanged = true
        return snapshot.keepSecrets(translator.secrets)
    }

    /// Whether the snapshot differs from that of the last time that this was asked.
    mutating func takeChange() -> Bool {
        defer { isChanged = false }
        return isChanged
    }

    /// What there is to know of Rollouts, if it is not what was told last.
    mutating func takeRollouts() -> [RolloutFinding]? {
        guard mayRolloutsDiffer, snapshot.hasRollouts || !rollouts.isEmpty else { return nil }
        mayRolloutsDiffer = false
        let findings = translator.rollouts(in: snapshot)
        guard findings != rollouts else { return nil }
        rollouts = findings
        return findings
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
        notices.events = notices.diagnostics.compactMap(note) + notices.complaints.flatMap(notes)
        return notices
    }

    /// What was said so far, for a replica that begins to lead.
    func presentNotices() -> [EventRecorder.Note] { board.diagnostics.compactMap(note) + board.told.flatMap(notes) }

    /// Without a cluster there are no Events.
    private func uid(of object: ObjectReference) -> String? { isFromCluster ? snapshot.uid(of: object) : nil }

    private func note(_ diagnostic: Diagnostic) -> EventRecorder.Note? {
        uid(of: diagnostic.subject).flatMap { EventRecorder.Note(diagnostic, uid: $0) }
    }

    private func notes(_ complaint: Complaint) -> [EventRecorder.Note] {
        objects(complaint).compactMap { object in
            uid(of: object).flatMap { EventRecorder.Note(complaint, about: object, uid: $0) }
        }
    }

    /// Nobody looks at a Secret to learn why a route does not work.
    private func objects(_ complaint: Complaint) -> [ObjectReference] {
        guard let object = complaint.object else { return [] }
        if case .secret = complaint.subject { return translator.users(ofSecret: object) }
        return [object]
    }
}

extension ControllerFigures {
    mutating func count(_ change: Translator.Change, generation: UInt64) {
        switch change {
        case .nothing: break
        case .cells(let updates): cellUpdates += UInt64(updates.count)
        case .translation(let translation):
            isTranslated = true
            servedFrom = nil
            translations += 1
            self.generation = generation
            diagnostics = translation.diagnostics
        }
    }
}
