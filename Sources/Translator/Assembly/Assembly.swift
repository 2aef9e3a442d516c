import Base
import Documents
import Graph
import Resources

/// Everything that was made from a snapshot, piece by piece, so that a change costs what it touches.
///
/// Pieces lie under the names of what they were made from; what one object contributes never depends on the order in which objects
/// came. A translation from scratch is the same work with every object marked.
struct Assembly {
    private let settings: TranslatorSettings
    private var parts = ObjectTable<RoutePart>()
    private(set) var dependents = Dependents()
    private var hosts = BoxTable<HostPattern, HostState>()
    private var ports = PortBook()
    private var clusters = ClusterStates()
    private var switches = SwitchBook()
    private var detours = DetourBook()
    /// As they were when they were last looked at: a slice may have left a Service.
    private var slices = Shelf<EndpointSlice>()
    /// The same: a Rollout may have left a Route.
    private var rollouts = Shelf<Rollout>()
    private var book = DiagnosticBook()
    private var bindings: [CertificateBinding] = []
    private(set) var certificates = SecretBook<CertificateUse>()
    private var authorities = SecretBook<AuthorityUse>()
    /// Without a listener that presents certificates, nobody is told any.
    private let presentsCertificates: Bool
    private var usesDefault = false
    private(set) var translation = Translation()
    /// How the statuses differ from those before the last refresh. Whoever reads it may clear it.
    var statusEdits: [StatusEdit] = []

    init(_ settings: TranslatorSettings) {
        self.settings = settings
        presentsCertificates = settings.listeners.contains { $0.transport == .https }
        bindings =
            settings.defaultCertificate.map {
                [CertificateBinding(hostname: .any, secrets: [ObjectKey($0).description])]
            } ?? []
        translation.graph.listeners = Set(settings.listeners).sorted().map {
            Listener(key: $0, certificates: $0.transport == .https ? bindings : [])
        }
    }

    /// What a change came to.
    struct Effects {
        /// Anything but endpoints.
        var isTranslation = false
        var endpoints: [(id: ClusterID, endpoints: [Endpoint]?)] = []
        /// Of rules in which nothing else changed.
        var weights: [CellUpdate] = []
        /// By Secret.
        var certificates: [CellUpdate] = []
    }

    // MARK: Marking

    /// What has to be made anew.
    struct Marks {
        var parts: Set<ObjectReference> = []
        var objects: Set<ObjectReference> = []
        var services: Set<ObjectKey> = []
        var slices: Set<ObjectKey> = []
        var secrets: Set<ObjectKey> = []
        var rollouts: Set<ObjectKey> = []
    }

    func marks(_ snapshot: Snapshot, _ changed: Set<ObjectReference>) -> Marks {
        var marks = Marks()
        var namespacesOfServices: Set<String> = []
        for object in changed {
            let key = ObjectKey(object)
            marks.objects.insert(object)
            switch object.kind {
            case Ingress.kind.kind: marks.parts.insert(object)
            case Route.kind.kind:
                marks.parts.insert(object)
                marks.objects.formUnion(snapshot.rollouts(of: key).map(\.reference))
            case Rollout.kind.kind:
                marks.rollouts.insert(key)
                for target in Set([rollouts[key]?.target, snapshot.rollouts[key]?.target].compactMap(\.self)) {
                    let route = Route.kind
                    marks.parts.insert(
                        ObjectReference(group: route.group, kind: route.kind, namespace: target.namespace, name: target.name))
                    marks.services.insert(target)
                    // Which of several is the oldest may have changed.
                    marks.objects.formUnion(snapshot.rollouts(of: target).map(\.reference))
                }
            case Service.kind.kind:
                marks.parts.insert(object)
                marks.services.insert(key)
                namespacesOfServices.insert(key.namespace)
                marks.parts.formUnion(dependents.on(service: key).map(\.object))
            case EndpointSlice.kind.kind: marks.slices.insert(key)
            case Secret.kind.kind: marks.secrets.insert(key)
            case IngressClass.kind.kind: return everything(snapshot)
            case Namespace.kind.kind where !settings.exposesEverywhere:
                marks.parts.formUnion(parts.all.map(\.object).filter { $0.namespace == object.name })
            default: break
            }
        }
        marks.objects.formUnion(snapshot.rolloutsOfServices(in: namespacesOfServices))
        return marks
    }

    func everything(_ snapshot: Snapshot) -> Marks {
        var marks = Marks()
        marks.services.formUnion(snapshot.services.objects.map(\.key))
        marks.services.formUnion(detours.services)
        marks.slices.formUnion(snapshot.slices.objects.map(\.key))
        marks.slices.formUnion(slices.objects.map(\.key))
        marks.secrets.formUnion(certificates.keys)
        marks.secrets.formUnion(authorities.keys)
        marks.parts.formUnion(parts.all.map(\.object))
        marks.parts.formUnion(snapshot.ingresses.objects.map(\.reference))
        marks.parts.formUnion(snapshot.routes.objects.map(\.reference))
        marks.parts.formUnion(snapshot.services.objects.map(\.reference))
        marks.objects = marks.parts.union(book.objects)
        marks.objects.formUnion(snapshot.slices.objects.map(\.reference))
        marks.objects.formUnion(snapshot.secrets.objects.map(\.reference))
        marks.objects.formUnion(snapshot.classes.objects.map(\.reference))
        marks.objects.formUnion(snapshot.namespaces.objects.map(\.reference))
        marks.objects.formUnion(snapshot.rollouts.objects.map(\.reference))
        marks.rollouts.formUnion(snapshot.rollouts.objects.map(\.key))
        marks.rollouts.formUnion(rollouts.objects.map(\.key))
        for part in parts.all { marks.services.formUnion(part.services) }
        return marks
    }

    // MARK: Making

    /// Makes what is marked anew, and what has become something else by `now`.
    mutating func refresh(_ snapshot: Snapshot, _ marks: Marks, at now: Int64?) -> Effects {
        var effects = Effects()
        var touched: Set<HostPattern> = []
        var subjects: Set<ObjectReference> = []
        let desk = CertificateDesk(certificates, authorities, snapshot, now)
        // Held once: what is written to a table that two hold is copied first.
        (certificates, authorities) = (SecretBook(), SecretBook())
        let context = PartContext(
            snapshot: snapshot, settings: settings, classes: Classes(snapshot.classes, settings), certificates: desk)
        let concerned = marks.secrets.union(desk.due(now)).filter { !dependents.on(secret: $0).isEmpty && desk.judge($0) }
        let marked = concerned.reduce(into: marks.parts) { $0.formUnion(dependents.on(secret: $1)) }
        for (object, previous, part) in making(marked, context) {
            guard part != nil || previous != nil else { continue }
            replace(previous, with: part, of: object, &touched)
            previous?.secrets.forEach(desk.release)
            subjects.insert(object)
            book.set(part?.diagnostics ?? [], for: .part(object))
        }
        judgeDefault(desk, marks.secrets.union(desk.due(now)))
        (certificates, authorities) = desk.close()
        if let key = settings.defaultCertificate, presentsCertificates, !usesDefault {
            certificates.use(ObjectKey(key))
            usesDefault = true
        }
        for (object, found) in ownDiagnostics(marks.objects, snapshot) { book.set(found, for: .object(object)) }
        for key in marks.rollouts { _ = rollouts.take(key, from: snapshot.rollouts) }
        settleDetours(snapshot, marks, &subjects)
        settleClusters(snapshot, marks, &subjects, &effects)
        settleSwitches(subjects)
        settleHosts(touched, mayBeReweighted: !marks.rollouts.isEmpty, &subjects, &effects)
        settlePorts(&subjects, &effects)
        effects.certificates =
            certificates.settle(dependents, pinned: settings.defaultCertificate.map { ObjectKey($0) }, at: now)
            + authorities.settle(dependents, at: now)
        if settleStatuses(subjects) { effects.isTranslation = true }
        if book.settle(&translation.diagnostics) { effects.isTranslation = true }
        return effects
    }

    /// What each object contributes, and what it did before. Nothing of one depends on another.
    private func making(
        _ objects: Set<ObjectReference>, _ context: PartContext
    ) -> [(object: ObjectReference, previous: RoutePart?, part: RoutePart?)] {
        concurrentMap(Array(objects)) { object in
            let previous = part(of: object)
            return (object, previous, RoutePart.make(object, context, previous: previous))
        }
    }

    private func ownDiagnostics(
        _ objects: Set<ObjectReference>, _ snapshot: Snapshot
    ) -> [(object: ObjectReference, found: [Diagnostic])] {
        concurrentMap(Array(objects)) { [settings] in ($0, OwnDiagnostics.of($0, snapshot, settings)) }
    }

    private func part(of object: ObjectReference) -> RoutePart? { parts.first(object.hashValue) { $0.object == object } }

    private mutating func replace(
        _ old: RoutePart?, with new: RoutePart?, of object: ObjectReference, _ touched: inout Set<HostPattern>
    ) {
        if let new {
            parts.put(new, object.hashValue) { $0 === old }
        } else {
            parts.remove(object.hashValue) { $0 === old }
        }
        dependents.replace(old, with: new, of: object)
        switches.replace(old?.switches ?? [], with: new?.switches ?? [], of: object)
        // The new uses first: a cluster that both use is never without one.
        for cluster in new?.clusters ?? [] { clusters.use(cluster) }
        for cluster in old?.clusters ?? [] { clusters.drop(cluster) }
        for (cluster, demands) in new?.demands ?? [:] { clusters.demand(demands, of: cluster, 1) }
        for (cluster, demands) in old?.demands ?? [:] { clusters.demand(demands, of: cluster, -1) }
        for claim in old?.claims ?? [] {
            hosts[claim.pattern, default: HostState()].remove(claim)
            touched.insert(claim.pattern)
        }
        ports.replace(old?.ports ?? [], with: new?.ports ?? [])
        for claim in new?.claims ?? [] {
            hosts[claim.pattern, default: HostState()].add(claim)
            touched.insert(claim.pattern)
        }
    }

    // MARK: Settling

    private mutating func settleDetours(_ snapshot: Snapshot, _ marks: Marks, _ subjects: inout Set<ObjectReference>) {
        let changes = detours.settle(marks.services, snapshot, settings)
        clusters.detoursChanged(changes.clusters)
        for id in changes.clusters { subjects.formUnion(switches.on(id)) }
        for (object, found) in changes.diagnostics { book.set(found, for: .detour(object)) }
    }

    private mutating func settleClusters(
        _ snapshot: Snapshot, _ marks: Marks, _ subjects: inout Set<ObjectReference>, _ effects: inout Effects
    ) {
        for service in marks.services { clusters.servicesChanged(clusterIDs(of: service)) }
        for key in marks.slices {
            let change = slices.take(key, from: snapshot.slices)
            for service in Set([change.old?.service, change.new?.service]) {
                if let service { clusters.endpointsChanged(clusterIDs(of: service)) }
            }
        }
        let changes = clusters.settle(snapshot, settings, detours, known: translation.graph.endpoints)
        if !changes.clusters.isEmpty {
            effects.isTranslation = true
            SortedEdits.apply(changes.clusters, to: &translation.graph.clusters, key: \.id)
        }
        for (old, new) in changes.tls where old != new {
            // The new uses first: a Secret that both take is never without one.
            if let new { use(new) }
            if let old { drop(old) }
        }
        for (id, endpoints) in changes.endpoints {
            if hasReady(translation.graph.endpoints[id]) != hasReady(endpoints) {
                for id in [id] + clusters.switched(to: id) { subjects.formUnion(switches.on(id)) }
            }
            translation.graph.endpoints[id] = endpoints
        }
        effects.endpoints = changes.endpoints
    }

    /// Judges the active arms of objects that were made anew, or whose arms' endpoints came or went.
    private mutating func settleSwitches(_ subjects: Set<ObjectReference>) {
        guard settings.knowsEndpoints else { return }
        for object in subjects {
            let part = part(of: object)
            let found = (part?.switches ?? []).compactMap { item in
                part.flatMap { item.diagnostic(of: $0.origin, isServed: isServed) }
            }
            book.set(found, for: .switches(object))
        }
    }

    private func hasReady(_ endpoints: [Endpoint]?) -> Bool { endpoints?.hasReady ?? false }

    /// Whether requests for a cluster find a ready endpoint, there or where it is switched to, as far as anybody but the proxy knows.
    private func isServed(_ id: ClusterID) -> Bool {
        Detour.serves(id, clusters.switchover(of: id)) { clusters.isNamed($0) || hasReady(translation.graph.endpoints[$0]) }
    }

    private mutating func use(_ tls: EndpointTLS) {
        if let secret = tls.authority { authorities.use(ObjectKey(written: secret)) }
        if let secret = tls.certificate { certificates.use(ObjectKey(written: secret)) }
    }

    private mutating func drop(_ tls: EndpointTLS) {
        if let secret = tls.authority { authorities.drop(ObjectKey(written: secret)) }
        if let secret = tls.certificate { certificates.drop(ObjectKey(written: secret)) }
    }

    /// Clusters in use that are a Service's.
    private func clusterIDs(of service: ObjectKey) -> Set<ClusterID> {
        Set(dependents.on(service: service).flatMap { $0.clusters.filter { ClusterReference($0)?.service == service } })
            .union(clusters.reached(in: service))
    }

    /// - Parameter mayBeReweighted: a Rollout changed, so hosts may differ from before in nothing but weights: these are cells.
    private mutating func settleHosts(
        _ touched: Set<HostPattern>, mayBeReweighted: Bool, _ subjects: inout Set<ObjectReference>, _ effects: inout Effects
    ) {
        var hostEdits: [(key: HostPattern, element: Host?)] = []
        var bindingEdits: [(key: HostPattern, element: CertificateBinding?)] = []
        var isRouted = false
        for pattern in touched {
            guard var state = hosts[pattern] else { continue }
            let (host, tls) = (state.host, state.tls)
            subjects.formUnion(state.diagnostics.map(\.subject))
            state.settle(pattern, settings)
            subjects.formUnion(state.diagnostics.map(\.subject))
            book.set(state.diagnostics, for: .host(pattern))
            if state.host !== host {
                hostEdits.append((pattern, state.host))
                if mayBeReweighted, let weights = Reweighting.updates(from: host, to: state.host) {
                    effects.weights += weights.filter { !effects.weights.contains($0) }
                } else {
                    isRouted = true
                }
            }
            if state.tls != tls {
                rebind(tls, state.tls)
                bindingEdits.append((pattern, state.tls?.binding(pattern)))
            }
            hosts[pattern] = state.claims.isEmpty ? nil : state
        }
        // The install's word is the last one.
        if settings.defaultCertificate != nil { bindingEdits.removeAll { $0.key == .any } }
        if hostEdits.isEmpty, bindingEdits.isEmpty { return }
        if isRouted || !bindingEdits.isEmpty { effects.isTranslation = true }
        SortedEdits.apply(bindingEdits, to: &bindings, key: \.hostname)
        var shared: [Host] = translation.graph.listeners.first { $0.key.transport.carriesRequests }?.hosts ?? []
        SortedEdits.apply(hostEdits, to: &shared, key: \.pattern)
        for i in translation.graph.listeners.indices where translation.graph.listeners[i].key.transport.carriesRequests {
            translation.graph.listeners[i].hosts = shared
            if translation.graph.listeners[i].key.transport == .https {
                translation.graph.listeners[i].certificates = bindings
            }
        }
    }

    private mutating func settlePorts(_ subjects: inout Set<ObjectReference>, _ effects: inout Effects) {
        for change in ports.settle() {
            subjects.formUnion(change.concerned)
            book.set(change.diagnostics, for: .port(change.port))
            guard change.isOther else { continue }
            effects.isTranslation = true
            change.apply(to: &translation.graph.listeners, declaring: settings.takesAnyPort)
        }
    }

    /// A host presents other certificates, or wants something else of its clients.
    private mutating func rebind(_ old: HostTLS?, _ new: HostTLS?) {
        guard presentsCertificates else { return }
        new?.secrets.forEach { certificates.use($0) }
        old?.secrets.forEach { certificates.drop($0) }
        if let authority = new?.clients?.authority { authorities.use(ObjectKey(written: authority)) }
        if let authority = old?.clients?.authority { authorities.drop(ObjectKey(written: authority)) }
    }

    // MARK: The default certificate

    /// Looks at the Secret that the install names for clients whose name nobody serves.
    private mutating func judgeDefault(_ desk: CertificateDesk, _ concerned: Set<ObjectKey>) {
        guard let reference = settings.defaultCertificate else { return }
        let key = ObjectKey(reference)
        if concerned.contains(key) { _ = desk.judge(key) }
        let problem = desk.finding(of: key).problem
        let origin = Origin(reference, uid: "")
        book.set(
            problem.map {
                [origin.diagnostic(.error, "data", reason: $0.reason.rawValue, "--default-certificate: \($0.message)")]
            } ?? [],
            for: .install)
    }

    /// Whether a status changed.
    private mutating func settleStatuses(_ subjects: Set<ObjectReference>) -> Bool {
        var edits: [(key: ObjectReference, element: RouteStatus?)] = []
        for object in subjects {
            let new = status(of: object)
            guard SortedEdits.element(object, in: translation.statuses, key: \.object) != new else { continue }
            edits.append((object, new))
        }
        SortedEdits.apply(edits, to: &translation.statuses, key: \.object)
        statusEdits = edits.map { StatusEdit(object: $0.key, statuses: $0.element.map { [$0] } ?? []) }
        return !edits.isEmpty
    }

    /// nil for what has none: objects that are gone or not ours, and Services.
    private func status(of object: ObjectReference) -> RouteStatus? {
        guard let part = part(of: object), let parent = part.parent, object.kind != Service.kind.kind else { return nil }
        let ofHosts = part.claims.flatMap { book[.host($0.pattern)] }.filter { $0.subject == object }
        let ofPorts = part.ports.flatMap { book[.port($0.port)] }.filter { $0.subject == object }
        let found = part.diagnostics + book[.switches(object)] + ofHosts + ofPorts
        let conditions = Conditions.of(
            found.sorted(by: Diagnostic.precedes), switches: settings.knowsEndpoints && !part.switches.isEmpty)
        return RouteStatus(
            part.origin, observedGeneration: part.generation, parent: parent, conditions: conditions)
    }
}

extension Transport {
    /// Whether hosts and paths are told apart there.
    fileprivate var carriesRequests: Bool { self == .http || self == .https }
}
