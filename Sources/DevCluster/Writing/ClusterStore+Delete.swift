public import Documents
import Foundation

/// How to delete, and on what condition.
public struct DeleteOptions: Sendable {
    public var propagation = Propagation.background
    /// Seconds that a Pod gets; nil: what the Pod says.
    public var graceSeconds: Int64?
    public var uid: String?
    public var resourceVersion: String?
    public var isDryRun = false

    public init() {}
}

extension ClusterStore {
    /// Deletes an object or marks it as being deleted. Returns it as it is then; `isGone` tells which.
    @discardableResult
    public func delete(_ resource: ResourceKey, namespace: String = "", name: String, _ options: DeleteOptions = DeleteOptions())
        throws(APIFailure) -> (object: Value, isGone: Bool)
    {
        guard let kind = kinds.preferred(resource) else { throw .noSuchResource }
        return try delete(kind, ObjectKey(namespace: namespace, name: name), options)
    }

    func delete(_ kind: KindSchema, _ key: ObjectKey, _ options: DeleteOptions) throws(APIFailure) -> (
        object: Value, isGone: Bool
    ) {
        let now = settings.clock()
        if kind.resource == .namespaces, Self.permanentNamespaces.contains(key.name) {
            throw .forbidden(kind, key.name, "this namespace may not be deleted")
        }
        let result = try transact { state throws(APIFailure) -> (StoredObject, Bool)? in
            guard let object = state.object(kind.resource, key) else { throw .notFound(kind, key.name) }
            try Self.requirePreconditions(options, object, kind)
            if options.isDryRun { return (object, true) }
            var deletion = ClusterState.Deletion(now: Timestamps.text(now), propagation: options.propagation)
            let grace = grace(kind, object.value, options)
            deletion.graceSeconds = grace
            deletion.graceEnd = Timestamps.text(now.addingTimeInterval(Double(grace)))
            return state.delete(kind.resource, key, deletion).map { ($0.object, $0.isGone) }
        }
        guard let (object, isGone) = result else { throw .notFound(kind, key.name) }
        return (kind.served(object.value), isGone)
    }

    static let permanentNamespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]

    private static func requirePreconditions(_ options: DeleteOptions, _ object: StoredObject, _ kind: KindSchema)
        throws(APIFailure)
    {
        if let uid = options.uid, uid != object.uid {
            throw .conflict(
                kind, object.key.name, "Precondition failed: UID in precondition: \(uid), UID in object meta: \(object.uid)")
        }
        if let version = options.resourceVersion, version != object.value.resourceVersion {
            throw .conflict(
                kind, object.key.name,
                "Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: "
                    + object.value.resourceVersion)
        }
    }

    /// Only a Pod that was given to a node has something to end.
    private func grace(_ kind: KindSchema, _ object: Value, _ options: DeleteOptions) -> Int64 {
        guard settings.podsEndGracefully, kind.resource == .pods, object[at: "spec", "nodeName"]?.string?.isEmpty == false else {
            return 0
        }
        return max(0, options.graceSeconds ?? object[at: "spec", "terminationGracePeriodSeconds"]?.integer ?? 30)
    }
}
