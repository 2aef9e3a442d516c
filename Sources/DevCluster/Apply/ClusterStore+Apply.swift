import Documents

/// A server-side apply: what its author wants of an object, and nothing else.
struct AppliedConfiguration {
    var body: Value
    /// Takes fields away from other managers where values differ.
    var force = false
}

/// The outcome of a server-side apply.
struct AppliedObject {
    var written: Written
    var isNew: Bool
}

extension ClusterStore {
    /// Applies a configuration to an object, which is created when there is none
    /// (https://kubernetes.io/docs/reference/using-api/server-side-apply/).
    func apply(
        _ kind: KindSchema, _ key: ObjectKey, _ subresource: Subresource, _ options: WriteOptions,
        _ configuration: AppliedConfiguration
    ) throws(APIFailure) -> AppliedObject {
        let body = try checked(configuration.body, kind, key, options)
        let ownership = ownership(kind, options, subresource)
        while true {
            do throws(APIFailure) {
                let written = try write(kind, key, subresource, options) { old throws(APIFailure) in
                    let applied = try apply(body, to: old, ownership, configuration.force)
                    return Proposal(object: applied.object, owners: applied.managed)
                }
                return AppliedObject(written: written, isNew: false)
            } catch {
                // Only the object itself can be created, and only by who does not ask for a certain one.
                guard error == .notFound(kind, key.name), subresource == .object, body.resourceVersion.isEmpty, body.uid.isEmpty
                else { throw error }
            }
            do throws(APIFailure) {
                let applied = try apply(body, to: nil, ownership, configuration.force)
                let written = try create(kind, namespace: key.namespace, applied.object, options, owners: applied.managed)
                return AppliedObject(written: written, isNew: true)
            } catch {
                // Somebody was faster: the object is there now.
                guard error.reason == "AlreadyExists" else { throw error }
            }
        }
    }

    /// What is wrong with a configuration by itself.
    private func checked(_ body: Value, _ kind: KindSchema, _ key: ObjectKey, _ options: WriteOptions) throws(APIFailure) -> Value
    {
        for member in ["apiVersion", "kind"] where body[member]?.string?.isEmpty != false {
            throw .badRequest("an applied object must say its \(member)")
        }
        var body = try ObjectReading(kind: kind, options: options).identify(body)
        guard body.managedFields == nil || body.managedFields?.isNull == true else {
            throw .badRequest("metadata.managedFields must be nil")
        }
        body.managedFields = nil
        try ObjectReading.requireAddress(body, key)
        if kind.isNamespaced { body.setMetadata("namespace", .string(key.namespace)) }
        let check = ConfigurationCheck(body, SchemaNode(kind.schema))
        guard check.problems.isEmpty else {
            let name = key.namespace.isEmpty ? "/\(key.name)" : key.description
            throw .badRequest(
                "failed to create typed patch object (\(name); \(kind.apiVersion), Kind=\(kind.kind)): \(check.text)")
        }
        return body
    }

    private func apply(_ body: Value, to live: Value?, _ ownership: FieldOwnership, _ force: Bool) throws(APIFailure)
        -> FieldOwnership.Applied
    {
        var applied: FieldOwnership.Applied
        do throws(FieldConflicts) {
            applied = try ownership.apply(body, to: live, force: force)
        } catch {
            // kubectl takes over what it applied itself on the client's side before.
            guard let live, ownership.writer.name == LastApplied.manager else { throw error.failure }
            let allowed = LastApplied.allowed(live, ownership)
            let rest = error.all.filter { !allowed.contains($0.route) }
            guard rest.isEmpty else { throw FieldConflicts(all: rest).failure }
            do throws(FieldConflicts) { applied = try ownership.apply(body, to: live, force: true) } catch { throw error.failure }
        }
        LastApplied.refresh(&applied.object, body, ownership)
        return applied
    }
}
