import Base
public import Documents
import Foundation
import Secure

extension ClusterStore {
    /// Creates an object in the version in which the cluster keeps its kind. The namespace may stand in the object's metadata.
    @discardableResult
    public func create(
        _ resource: ResourceKey, namespace: String = "", by manager: String = WriteOptions().manager, _ object: Value
    ) throws(APIFailure) -> Value {
        guard let kind = kinds.preferred(resource) else { throw .noSuchResource }
        let options = WriteOptions(manager: manager)
        return try create(kind, namespace: namespace.isEmpty ? object.namespace : namespace, object, options).object
    }

    /// - Parameter owners: who owns the object's fields; nil: whoever creates it.
    func create(
        _ kind: KindSchema, namespace: String, _ body: Value, _ options: WriteOptions = WriteOptions(),
        owners: ManagedFields? = nil
    ) throws(APIFailure) -> Written {
        let reading = ObjectReading(kind: kind, options: options)
        let identified = try reading.identify(body)
        try requireCreatable(identified, namespace)
        var (object, warnings) = try reading.prune(identified)
        for attempt in 1... {
            name(&object, kind, namespace)
            complete(&object, kind)
            let proposed = owners == nil ? identified.managedFields : nil
            object.managedFields = ownership(kind, options).managedFields(
                from: nil, to: KindRules.withoutAllocated(object, kind, sent: identified), proposed: proposed, owners: owners)
            let problems = reading.problems(object) + KindRules.problems(object, kind, old: nil)
            guard problems.isEmpty else { throw .invalid(kind, object.name, problems) }
            try APIFailure.requireSmall(object)
            do throws(APIFailure) {
                return Written(object: kind.served(try insert(kind, kind.stored(object), options)), warnings: warnings)
            } catch  where error.reason == "AlreadyExists" && !generatedPrefix(identified).isEmpty && attempt < 8 {
                // A generated name that is taken: another one, as Kubernetes does since 1.30.
                object.setMetadata("name", nil)
            }
        }
        throw .alreadyExists(kind, object.name)
    }

    private func requireCreatable(_ object: Value, _ namespace: String) throws(APIFailure) {
        guard object.resourceVersion.isEmpty else {
            throw .badRequest("resourceVersion should not be set on objects to be created")
        }
        guard object.namespace.isEmpty || object.namespace == namespace else {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
    }

    private func generatedPrefix(_ object: Value) -> String { object[at: "metadata", "generateName"]?.string ?? "" }

    private func name(_ object: inout Value, _ kind: KindSchema, _ namespace: String) {
        var metadata = object["metadata"] ?? [:]
        for member in [
            "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "selfLink",
        ] {
            metadata[member] = nil
        }
        if metadata["name"]?.string?.isEmpty != false, !generatedPrefix(object).isEmpty {
            metadata["name"] = .string(String(generatedPrefix(object).prefix(58)) + Generated.suffix())
        }
        metadata["namespace"] = Value?.none
        if kind.isNamespaced { metadata["namespace"] = .string(namespace) }
        metadata["uid"] = .string(Generated.uid())
        metadata["creationTimestamp"] = .string(Timestamps.text(settings.clock()))
        if KindRules.hasGeneration(kind) { metadata["generation"] = 1 }
        object["metadata"] = metadata
    }

    private func complete(_ object: inout Value, _ kind: KindSchema) {
        if kind.hasStatus, !KindRules.keepsStatusOnCreation(kind) { object["status"] = nil }
        object = Defaulting.apply(object, kind.schema)
        KindRules.prepare(&object, kind, old: nil, now: Timestamps.text(settings.clock()))
    }

    private func insert(_ kind: KindSchema, _ object: Value, _ options: WriteOptions) throws(APIFailure) -> Value {
        let now = settings.clock()
        return try transact { state throws(APIFailure) in
            let key = ObjectKey(namespace: object.namespace, name: object.name)
            if kind.isNamespaced { try state.requireOpen(namespace: key.namespace, kind, key.name) }
            guard state.object(kind.resource, key) == nil else { throw .alreadyExists(kind, key.name) }
            var object = object
            if kind.resource == .services { try state.assignAddresses(&object, old: nil, kind) }
            if kind.resource == .customResourceDefinitions { try state.requireNewKind(object, kind) }
            if kind.resource == .ingresses { IngressDefaults.assignClass(&object, from: state.objects(.ingressClasses)) }
            if options.isDryRun { return object }
            let stored = state.put(kind.resource, object)
            state.follow(kind.resource, stored, now: now)
            return stored.value
        }
    }
}

extension ClusterState {
    func requireOpen(namespace: String, _ kind: KindSchema, _ name: String) throws(APIFailure) {
        guard let found = object(.namespaces, ObjectKey(name: namespace)) else {
            throw kinds.preferred(.namespaces).map { .notFound($0, namespace) } ?? .noSuchResource
        }
        guard found.value.isBeingDeleted else { return }
        var failure = APIFailure.forbidden(
            kind, name, "unable to create new content in namespace \(namespace) because it is being terminated")
        failure.causes = [
            .init(
                reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated", field: "metadata.namespace"
            )
        ]
        throw failure
    }

    /// A definition must not take over a kind that the cluster serves by itself.
    func requireNewKind(_ definition: Value, _ kind: KindSchema) throws(APIFailure) {
        let resource = ResourceKey(crd: definition)
        guard kinds.preferred(resource) != nil, !kinds.isCustom(resource) else { return }
        throw .invalid(
            kind, definition.name,
            [.invalid("spec.names.plural", .string(resource.plural), "\(resource) is served by the cluster itself")])
    }

    /// What the cluster itself does after a write.
    mutating func follow(_ resource: ResourceKey, _ object: StoredObject, now: Date) {
        switch resource {
        case .customResourceDefinitions:
            kinds.replace(ResourceKey(crd: object.value), with: KindSchema.kinds(crd: object.value))
        case .namespaces where object.value[at: "metadata", "deletionTimestamp"] == nil: addDefaultAccount(object.key.name, now)
        case .events: forgetOldEvents(now)
        default: break
        }
    }

    private mutating func addDefaultAccount(_ namespace: String, _ now: Date) {
        let key = ObjectKey(namespace: namespace, name: "default")
        guard kinds.preferred(.serviceAccounts) != nil, object(.serviceAccounts, key) == nil else { return }
        put(
            .serviceAccounts,
            [
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": [
                    "name": "default", "namespace": .string(namespace), "uid": .string(Generated.uid()),
                    "creationTimestamp": .string(Timestamps.text(now)),
                ],
            ])
    }

    /// Events are kept for an hour, and the newest 2,000 only.
    private mutating func forgetOldEvents(_ now: Date) {
        let hourAgo = Timestamps.text(now.addingTimeInterval(-3_600))
        let all = objects(.events)
        var old = all.filter {
            ($0.value[at: "metadata", "creationTimestamp"]?.string ?? "") < hourAgo
                && $0.value["lastTimestamp"]?.string ?? "" < hourAgo
        }
        if all.count - old.count > 2_000 { old += all.sorted { $0.version < $1.version }.prefix(all.count - 2_000) }
        for event in old { remove(.events, event.key) }
    }
}

/// Names and ids that nobody has had before.
enum Generated {
    /// Kubernetes leaves out vowels, so that no words come about.
    private static let letters = Array("bcdfghjklmnpqrstvwxz2456789")

    static func suffix() -> String { String(SecureRandom.bytes(5).map { letters[Int($0) % letters.count] }) }

    /// A random UUID (RFC 9562 section 5.4).
    static func uid() -> String {
        var bytes = SecureRandom.bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return [bytes[0..<4], bytes[4..<6], bytes[6..<8], bytes[8..<10], bytes[10..<16]].map { Hexadecimal.text($0) }
            .joined(separator: "-")
    }
}

/// RFC 3339 in UTC, to the second, as metadata holds times.
enum Timestamps {
    static func text(_ date: Date) -> String { date.formatted(.iso8601) }
}
