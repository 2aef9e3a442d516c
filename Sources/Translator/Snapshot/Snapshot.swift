import Base
public import Documents
public import Resources

/// All cluster objects that Martlet reads, at one moment. A value: copies are cheap and share their objects.
///
/// Objects are kept packed: a translation reads those that it makes anew, and whoever keeps the last good state writes them all out.
public struct Snapshot: Sendable {
    var services = Shelf<Service>()
    var slices = Shelf<EndpointSlice>()
    var secrets = Shelf<Secret>()
    var ingresses = Shelf<Ingress>()
    var classes = Shelf<IngressClass>()
    var routes = Shelf<Route>()
    var namespaces = Shelf<Namespace>()
    var rollouts = Shelf<Rollout>()
    /// Revisions that this replica took back by itself, by Rollout, while nobody could write it.
    public var retreats: [ObjectReference: String] = [:]
    /// Rollouts under the name of what they move.
    private var rolloutsByTarget = ObjectTable<Stored<Rollout>>()
    /// Slices under the Service that they belong to.
    private var slicesByService = ObjectTable<Stored<EndpointSlice>>()
    /// Whose values are kept; nil means every certificate's and authority's.
    var keptSecrets: Set<ObjectKey>?
    private let defaultNamespace: String

    /// - Parameter defaultNamespace: of objects in files that name none.
    public init(defaultNamespace: String = "default") { self.defaultNamespace = defaultNamespace }

    /// The kinds that a source has to deliver. Objects of other kinds are ignored.
    public static let kinds: [ResourceKind] = [
        Service.kind, EndpointSlice.kind, Secret.kind, Ingress.kind, IngressClass.kind, Route.kind, Namespace.kind,
        Rollout.kind,
    ]

    /// Which of `kinds` a document is of; nil for others, and for other versions of them.
    public static func kind(of document: Value) -> ResourceKind? {
        kind(document["kind"]?.string, of: document["apiVersion"]?.string)
    }

    public static func kind(of document: Packed) -> ResourceKind? {
        kind(document.string(at: "kind"), of: document.string(at: "apiVersion"))
    }

    private static func kind(_ name: String?, of version: String?) -> ResourceKind? {
        kinds.first { $0.kind == name && $0.apiVersion == version }
    }

    /// Adds the object, or replaces the one of the same kind, namespace and name.
    /// - Returns: what was touched; nil when nothing that matters changed.
    @discardableResult
    public mutating func put(_ document: Located) -> ObjectReference? { put(Arrival(document)) }

    @discardableResult
    public mutating func put(_ arrival: Arrival) -> ObjectReference? {
        switch arrival.kind {
        case Service.kind: services.put(arrival, defaultNamespace: defaultNamespace)?.reference
        case EndpointSlice.kind: indexed(slices.put(arrival, defaultNamespace: defaultNamespace))
        case Secret.kind:
            secrets.put(
                arrival, defaultNamespace: defaultNamespace, keepsValues: Self.keepsValues(keptSecrets, defaultNamespace))?
                .reference
        case Ingress.kind: ingresses.put(arrival, defaultNamespace: defaultNamespace)?.reference
        case IngressClass.kind: classes.put(arrival, defaultNamespace: "")?.reference
        case Route.kind: routes.put(arrival, defaultNamespace: defaultNamespace)?.reference
        case Namespace.kind: namespaces.put(arrival, defaultNamespace: "")?.reference
        case Rollout.kind: indexed(rollouts.put(arrival, defaultNamespace: defaultNamespace))
        default: nil
        }
    }

    @discardableResult
    public mutating func remove(_ reference: ObjectReference) -> Bool {
        let key = ObjectKey(reference)
        return switch (reference.group, reference.kind) {
        case (Service.kind.group, Service.kind.kind): services.remove(key) != nil
        case (EndpointSlice.kind.group, EndpointSlice.kind.kind): indexed(slices.remove(key)) != nil
        case (Secret.kind.group, Secret.kind.kind): secrets.remove(key) != nil
        case (Ingress.kind.group, Ingress.kind.kind): ingresses.remove(key) != nil
        case (IngressClass.kind.group, IngressClass.kind.kind): classes.remove(key) != nil
        case (Route.kind.group, Route.kind.kind): routes.remove(key) != nil
        case (Namespace.kind.group, Namespace.kind.kind): namespaces.remove(key) != nil
        case (Rollout.kind.group, Rollout.kind.kind): indexed(rollouts.remove(key)) != nil
        default: false
        }
    }

    /// Swaps all objects of one kind, in one namespace or (nil) in all of them.
    /// - Returns: what was added, changed or removed.
    @discardableResult
    public mutating func replace(_ kind: ResourceKind, namespace: String?, with arrivals: [Arrival]) -> Set<ObjectReference> {
        func touched<R>(_ shelf: inout Shelf<R>, _ defaultNamespace: String) -> Set<ObjectReference> {
            let changes = shelf.replace(namespace: namespace, with: arrivals, defaultNamespace: defaultNamespace)
            return Set(changes.compactMap(\.reference))
        }
        switch kind {
        case Service.kind: return touched(&services, defaultNamespace)
        case EndpointSlice.kind:
            let changes = slices.replace(namespace: namespace, with: arrivals, defaultNamespace: defaultNamespace)
            return Set(changes.compactMap { indexed($0) })
        case Secret.kind:
            let changes = secrets.replace(
                namespace: namespace, with: arrivals, defaultNamespace: defaultNamespace,
                keepsValues: Self.keepsValues(keptSecrets, defaultNamespace))
            return Set(changes.compactMap(\.reference))
        case Ingress.kind: return touched(&ingresses, defaultNamespace)
        case IngressClass.kind: return touched(&classes, "")
        case Route.kind: return touched(&routes, defaultNamespace)
        case Namespace.kind: return touched(&namespaces, "")
        case Rollout.kind:
            let changes = rollouts.replace(namespace: namespace, with: arrivals, defaultNamespace: defaultNamespace)
            return Set(changes.compactMap { indexed($0) })
        default: return []
        }
    }

    /// The Service of that name, as far as Martlet reads Services.
    public func service(namespace: String, name: String) -> Service? { services[ObjectKey(namespace, name)]?.resource }

    /// The Secret of that name; its values only if something refers to it (`keepSecrets`).
    public func secret(namespace: String, name: String) -> Secret? {
        secrets[ObjectKey(namespace, name)].map { stored in
            var secret = stored.resource
            secret.isElided = stored.isElided
            return secret
        }
    }

    // MARK: - All of it

    public var count: Int {
        services.count + slices.count + secrets.count + ingresses.count + classes.count + routes.count + namespaces.count
            + rollouts.count
    }

    /// The essentials of every object, one after the other, in no order: put into an empty snapshot, they make this one.
    public func forEachDocument(_ body: (Packed) -> Void) {
        func visit<R>(_ shelf: Shelf<R>) { for stored in shelf.objects { body(stored.packed) } }
        visit(services)
        visit(slices)
        visit(secrets)
        visit(ingresses)
        visit(classes)
        visit(routes)
        visit(namespaces)
        visit(rollouts)
    }

    // MARK: - Slices of a Service, Rollouts of a Route

    /// A Rollout as it is obeyed here.
    func obeyed(_ stored: Stored<Rollout>) -> Rollout {
        var rollout = stored.resource
        rollout.status = rollout.status.obeying(retreatFrom: retreats[stored.reference])
        return rollout
    }

    private mutating func indexed(_ change: Shelf<EndpointSlice>.Change?) -> ObjectReference? {
        guard let change else { return nil }
        if let old = change.old, let service = old.service {
            slicesByService.remove(service.hashValue) { $0.key == old.key }
        }
        if let new = change.new, let service = new.service {
            slicesByService.put(new, service.hashValue) { $0.key == new.key }
        }
        return change.reference
    }

    private mutating func indexed(_ change: Shelf<Rollout>.Change?) -> ObjectReference? {
        guard let change else { return nil }
        if let old = change.old { rolloutsByTarget.remove(old.target.hashValue) { $0.key == old.key } }
        if let new = change.new { rolloutsByTarget.put(new, new.target.hashValue) { $0.key == new.key } }
        return change.reference
    }

    /// Those that name an object of that name, whatever its kind, in the order of their names.
    func rollouts(of target: ObjectKey) -> [Stored<Rollout>] {
        rolloutsByTarget.all(target.hashValue) { $0.target == target }.sorted { $0.key < $1.key }
    }

    /// Those that divide requests of Services there. A Service that comes or goes may be their target or an arm.
    func rolloutsOfServices(in namespaces: Set<String>) -> [ObjectReference] {
        guard rollouts.count > 0, !namespaces.isEmpty else { return [] }
        return rollouts.objects.filter {
            namespaces.contains($0.key.namespace) && $0.packed.string(at: "spec", "targetRef", "kind") == Service.kind.kind
        }.map(\.reference)
    }

    /// In the order of their names.
    func slices(of service: ObjectKey) -> [Stored<EndpointSlice>] {
        slicesByService.all(service.hashValue) { $0.service == service }.sorted { $0.key < $1.key }
    }
}

extension Stored where R == Rollout {
    /// The name of what it moves, in its own namespace.
    var target: ObjectKey { ObjectKey(key.namespace, packed.string(at: "spec", "targetRef", "name") ?? "") }
}

extension Stored where R == EndpointSlice {
    /// The Service that the slice belongs to.
    var service: ObjectKey? {
        packed.string(at: "metadata", "labels", EndpointSlice.serviceLabel).map { ObjectKey(key.namespace, $0) }
    }
}
