import Graph
public import Resources

/// A Rollout as whoever drives it has to know it: what it asks for, how far it has come, and what it moves.
public struct RolloutFinding: Sendable, Equatable {
    /// What it moves.
    public struct Target: Sendable, Equatable {
        /// `Route/shop/shop/checkout`, or `Service/shop/web`
        public var rule: String
        /// The Route or Service.
        public var route: ObjectReference
        /// Of it; nil where it came from a file.
        public var routeUID: String?
        /// Endpoints that may get requests, by arm.
        public var ready: [String: Int]
        /// The pods behind these endpoints, by arm; an arm with an endpoint that is no pod is missing.
        public var pods: [String: Set<String>]
        /// The Services whose pods these are.
        public var services: Set<ObjectReference>

        public init(
            rule: String, route: ObjectReference, routeUID: String? = nil, ready: [String: Int], pods: [String: Set<String>],
            services: Set<ObjectReference> = []
        ) {
            self.rule = rule
            self.route = route
            self.routeUID = routeUID
            self.ready = ready
            self.pods = pods
            self.services = services
        }
    }

    /// Why it moves nothing.
    public struct Refusal: Sendable, Equatable {
        public var reason: String
        /// A sentence with a remedy.
        public var message: String
    }

    public var object: ObjectReference
    public var uid: String
    public var resourceVersion: String
    public var rollout: Rollout
    public var target: Target?
    /// Where there is no target.
    public var refusal: Refusal?

    /// Whether it matters who is ready: in a cycle, and where pods say what is new.
    public var followsEndpoints: Bool {
        target != nil && (rollout.status.step > 0 || rollout.status.isEmpty || rollout.spec.revision.isEmpty)
    }

    public init(object: ObjectReference, uid: String, resourceVersion: String, rollout: Rollout) {
        self.object = object
        self.uid = uid
        self.resourceVersion = resourceVersion
        self.rollout = rollout
    }
}

extension Translator {
    /// The Rollouts whose Route is ours, or is not there, in the order of their names.
    public func rollouts(in snapshot: Snapshot) -> [RolloutFinding] {
        snapshot.rolloutFindings(Classes(snapshot.classes, settings), settings)
    }
}

extension Snapshot {
    fileprivate func rolloutFindings(_ classes: Classes, _ settings: TranslatorSettings) -> [RolloutFinding] {
        let check = RolloutCheck(snapshot: self, settings: settings)
        let ours = rollouts.objects.filter { check.isOurs($0, classes) }
        return ours.sorted { $0.key < $1.key }.map { stored in
            let rollout = stored.resource
            var finding = RolloutFinding(
                object: stored.reference, uid: rollout.metadata.uid.description,
                resourceVersion: rollout.metadata.resourceVersion, rollout: rollout)
            switch check.place(of: stored) {
            case .success(let place): finding.target = target(place, rollout, check, settings)
            case .failure(let refusal):
                finding.refusal = RolloutFinding.Refusal(reason: refusal.reason, message: "\(refusal.path): \(refusal.message)")
            }
            return finding
        }
    }

    public var hasRollouts: Bool { rollouts.count > 0 }

    private func target(
        _ place: RolloutCheck.Place, _ rollout: Rollout, _ check: RolloutCheck, _ settings: TranslatorSettings
    ) -> RolloutFinding.Target? {
        guard let (reference, arms) = arms(of: place, rollout, check) else { return nil }
        var ready: [String: Int] = [:]
        var pods: [String: Set<String>] = [:]
        var services: Set<ObjectReference> = []
        for (name, refs) in arms {
            let backends = refs.filter { $0.weight > 0 }.map { ref in
                let key = ObjectKey(place.object.namespace, ref.name)
                // Where a Service is divided, that is the one step.
                return place.name == nil ? (ref, key) : switched(ref, key, settings)
            }
            ready[name] = backends.reduce(0) { $0 + readyEndpoints($1.0, $1.1, settings) }
            pods[name] = self.pods(of: backends.map(\.1))
            services.formUnion(backends.compactMap { self.services[$0.1]?.reference })
        }
        return RolloutFinding.Target(
            rule: place.rule, route: reference, routeUID: uid(of: reference), ready: ready, pods: pods, services: services)
    }

    private typealias ArmRefs = [(name: String, backends: [BackendRef])]

    private func arms(of place: RolloutCheck.Place, _ rollout: Rollout, _ check: RolloutCheck) -> (ObjectReference, ArmRefs)? {
        if place.name != nil {
            guard let stored = routes[place.object], let split = check.split(of: place) else { return nil }
            return (stored.reference, split.arms.map { ($0.name, $0.backendRefs) })
        }
        return services[place.object].map { stored in
            let names = [rollout.spec.stable, rollout.spec.canary]
            return (
                stored.reference,
                names.map { name in
                    var backend = BackendRef()
                    backend.name = name
                    return (name, [backend])
                }
            )
        }
    }

    /// What a backend's requests reach: where its Service is switched to, if that is ready or the switch is forced. A step, as with requests.
    private func switched(
        _ backend: BackendRef, _ key: ObjectKey, _ settings: TranslatorSettings
    ) -> (BackendRef, ObjectKey) {
        guard let service = services[key]?.resource, let switchover = ClusterMaker.options(of: service).switchover,
            let target = services[ObjectKey(key.namespace, switchover.target)]?.resource,
            let port = service.spec.ports.first(where: { backend.port == nil || $0.port == backend.port }),
            let number = PortPartner.number(of: port, of: service, in: target)
        else { return (backend, key) }
        var other = backend
        other.name = switchover.target
        other.port = number
        let place = ObjectKey(key.namespace, switchover.target)
        return switchover.isForced || readyEndpoints(other, place, settings) > 0 ? (other, place) : (backend, key)
    }

    /// Endpoints of a backend that may get requests. Of what has a name instead of endpoints one is taken to be there.
    private func readyEndpoints(_ backend: BackendRef, _ key: ObjectKey, _ settings: TranslatorSettings) -> Int {
        guard let service = services[key]?.resource else { return 0 }
        if service.spec.type == "ExternalName" { return 1 }
        guard let port = backend.port ?? service.spec.ports.first?.port else { return 0 }
        let reference = ClusterReference(service: key, port: port)
        let endpoints = EndpointMaker.endpoints(reference, service, slices(of: key), settings)
        return endpoints.count { $0.condition == .ready }
    }

    /// nil when something that is ready is no pod.
    private func pods(of services: [ObjectKey]) -> Set<String>? {
        let prefix = "Pod/"
        var pods: Set<String> = []
        for key in services {
            guard let service = self.services[key]?.resource, service.spec.type != "ExternalName" else { return nil }
            for endpoint in slices(of: key).flatMap(\.resource.endpoints) where endpoint.conditions.isReady {
                guard let target = endpoint.target, target.hasPrefix(prefix) else { return nil }
                pods.insert(String(target.dropFirst(prefix.count)))
            }
        }
        return pods
    }
}
