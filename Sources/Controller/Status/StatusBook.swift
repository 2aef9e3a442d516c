import Base
import Documents
import Kubernetes
import Resources
import Translator

/// What the status machine knows of each Ingress and Route, and the queues that they stand in. Pure.
struct StatusBook {
    struct Entry: Sendable {
        /// The object as last seen; nil when it does not exist (or is not known yet).
        private(set) var object: SeenObject?
        /// The resource version at which the object's specification was first seen as it is. Writing a status raises an object's version,
        /// and says nothing new to anybody.
        private(set) var since = ""
        /// Empty when it is not ours.
        var statuses: [RouteStatus] {
            get { first.map { [$0] + (more?.value.statuses ?? []) } ?? [] }
            set {
                first = newValue.first
                change { $0.statuses = Array(newValue.dropFirst()) }
            }
        }
        private var first: RouteStatus?
        /// Whether it is ours.
        var isOurs: Bool { first != nil }
        /// The graph that the statuses belong to.
        var generation: UInt64 = 0
        /// Until when a status waits for that graph to be served.
        var patientUntil = Instant.zero
        /// The addresses that we wrote into it.
        var written: LoadBalancerAddresses? {
            get { more?.value.written }
            set { change { $0.written = newValue } }
        }
        private var more: Rare<More>?
        var isQueued = false
        var isUnderWay = false

        /// What few objects have.
        private struct More: Equatable {
            /// Those behind the first.
            var statuses: [RouteStatus] = []
            var written: LoadBalancerAddresses?
        }

        private mutating func change(_ edit: (inout More) -> Void) {
            var new = more?.value ?? More()
            edit(&new)
            more = new == More() ? nil : Rare(new)
        }

        /// - Parameter patientUntil: until when others have time for a specification that is new.
        mutating func see(_ seen: SeenObject, at version: String, patientUntil: Instant) {
            // A server that was restored counts from below: what was seen at its former versions means nothing there.
            if let object, object.means(seen), !ResourceVersion.isOlder(version, than: since) {
                self.object = seen
                return
            }
            object = seen
            since = version
            self.patientUntil = max(self.patientUntil, patientUntil)
        }

        mutating func lose() { object = nil }
    }

    private var entries = BoxTable<ObjectReference, Entry>()
    /// Objects whose turn it is, in order of arrival; those before `head` had it.
    private var queue: [ObjectReference] = []
    private var head = 0
    /// Objects that wait for a graph to be served, in order of generation and time; the same for those before `servedHead`.
    private var waiting: [(generation: UInt64, until: Instant, reference: ObjectReference)] = []
    private var overdueHead = 0
    private var retries: [(at: Instant, reference: ObjectReference)] = []
    /// Before the first translation nobody knows what is ours.
    private(set) var wasTranslated = false

    subscript(_ reference: ObjectReference) -> Entry? { entries[reference] }
    var references: [ObjectReference] { entries.keys.sorted() }

    // MARK: - What is, and what ought to be

    /// - Returns: the objects that have to be looked at.
    mutating func observe(_ change: SourceChange, patientUntil: Instant) -> [ObjectReference] {
        switch change {
        case .put(let kind, let arrival):
            let document = arrival.document.packed
            let reference = ObjectReference(kind, document)
            let seen = SeenObject(document)
            if let known = entries[reference]?.object, known.isNewer(than: seen) { return [] }
            entries[reference, default: Entry()].see(seen, at: Self.version(of: document), patientUntil: patientUntil)
            return [reference]
        case .removed(_, let reference):
            forget(reference)
            return []
        case .replaced(let kind, let namespace, let arrivals):
            var now: [ObjectReference: (seen: SeenObject, version: String)] = [:]
            for document in arrivals.lazy.map(\.document.packed) {
                now[ObjectReference(kind, document)] = (SeenObject(document), Self.version(of: document))
            }
            for reference in Array(entries.keys) where reference.isOf(kind, namespace) && now[reference] == nil {
                forget(reference)
            }
            for (reference, (seen, version)) in now {
                entries[reference, default: Entry()].see(seen, at: version, patientUntil: patientUntil)
            }
            return now.keys.sorted()
        }
    }

    private static func version(of document: Packed) -> String { document.string(at: "metadata", "resourceVersion") ?? "" }

    /// What is still wanted of a removed object is kept, so that it holds when the object returns.
    private mutating func forget(_ reference: ObjectReference) {
        guard let entry = entries[reference] else { return }
        if !entry.isOurs, !entry.isUnderWay { entries[reference] = nil } else { entries[reference]?.lose() }
    }

    /// Takes over what a translation changed. - Returns: the objects whose statuses are new.
    mutating func want(_ edits: [StatusEdit], generation: UInt64, patientUntil: Instant) -> Set<ObjectReference> {
        // What is not ours at the first translation may have been before we were started.
        var touched: Set<ObjectReference> = wasTranslated ? [] : Set(entries.keys)
        wasTranslated = true
        for edit in edits {
            touched.insert(edit.object)
            var entry = entries[edit.object, default: Entry()]
            entry.statuses = edit.statuses
            if entry.isOurs {
                entry.generation = generation
                entry.patientUntil = patientUntil
            }
            entries[edit.object] = entry
            if !edit.statuses.isEmpty {
                waiting.append((generation, patientUntil, edit.object))
            } else if entry.object == nil {
                forget(edit.object)
            }
        }
        return touched
    }

    // MARK: - Waiting for the workers

    /// Takes out the objects whose graph is served now.
    mutating func served(by generation: UInt64) -> [ObjectReference] {
        let end = waiting.firstIndex { $0.generation > generation } ?? waiting.count
        let result = waiting[..<end].map(\.reference)
        // An array that is emptied keeps its room.
        if end == waiting.count { waiting = [] } else { waiting.removeFirst(end) }
        overdueHead = max(0, overdueHead - end)
        return result
    }

    /// The objects that waited long enough for the workers, or for another try.
    mutating func overdue(at now: Instant) -> [ObjectReference] {
        var result: [ObjectReference] = []
        while overdueHead < waiting.count, waiting[overdueHead].until <= now {
            result.append(waiting[overdueHead].reference)
            overdueHead += 1
        }
        result += retries.filter { $0.at <= now }.map(\.reference)
        retries.removeAll { $0.at <= now }
        return result
    }

    var nextDeadline: Instant? {
        let patience = overdueHead < waiting.count ? waiting[overdueHead].until : nil
        return [patience, retries.map(\.at).min()].compactMap { $0 }.min()
    }

    mutating func retry(_ reference: ObjectReference, at time: Instant) {
        entries[reference]?.isUnderWay = false
        retries.append((time, reference))
    }

    // MARK: - The queue

    var hasQueued: Bool { head < queue.count }

    /// An object stands in the queue once, and not while it is being written.
    mutating func enqueue(_ reference: ObjectReference) {
        guard let entry = entries[reference], !entry.isQueued, !entry.isUnderWay else { return }
        entries[reference]?.isQueued = true
        queue.append(reference)
    }

    mutating func next() -> ObjectReference? {
        guard head < queue.count else { return nil }
        let reference = queue[head]
        head += 1
        if head == queue.count {
            queue = []
            head = 0
        }
        entries[reference]?.isQueued = false
        return reference
    }

    mutating func begin(_ reference: ObjectReference) { entries[reference]?.isUnderWay = true }

    mutating func note(_ reference: ObjectReference, written addresses: LoadBalancerAddresses) {
        entries[reference]?.written = addresses == .none ? nil : addresses
    }

    /// The object as it is after a write; the watch will bring it again.
    mutating func finish(_ reference: ObjectReference, _ object: Value?) {
        entries[reference]?.isUnderWay = false
        guard let object else {
            forget(reference)
            return
        }
        let document = Packed(object)
        let seen = SeenObject(document)
        if let known = entries[reference]?.object, !known.isNewer(than: seen) {
            entries[reference]?.see(seen, at: Self.version(of: document), patientUntil: .zero)
        }
    }
}

extension ObjectReference {
    init(_ kind: ResourceKind, _ document: Packed) {
        self.init(
            group: kind.group, kind: kind.kind, namespace: document.string(at: "metadata", "namespace") ?? "",
            name: document.string(at: "metadata", "name") ?? "")
    }

    func isOf(_ kind: ResourceKind, _ namespace: String?) -> Bool {
        self.kind == kind.kind && group == kind.group && (namespace == nil || namespace == self.namespace)
    }
}
