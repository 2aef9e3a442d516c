public import Documents

extension ClusterStore {
    /// Reads an object, changes it and writes it back, again when somebody else was faster.
    @discardableResult
    public func edit(
        _ resource: ResourceKey, namespace: String = "", name: String, _ subresource: Subresource = .object,
        by manager: String = WriteOptions().manager,
        _ change: (inout Value) throws(APIFailure) -> Void
    ) throws(APIFailure) -> Value {
        guard let kind = kinds.preferred(resource) else { throw .noSuchResource }
        let options = WriteOptions(manager: manager)
        return try edit(kind, ObjectKey(namespace: namespace, name: name), subresource, options) { old throws(APIFailure) in
            var new = old
            try change(&new)
            return new
        }.object
    }

    /// - Parameter change: gets the object in the version of `kind` and returns it as it shall be. May be called more than once.
    func edit(
        _ kind: KindSchema, _ key: ObjectKey, _ subresource: Subresource, _ options: WriteOptions = WriteOptions(),
        change: (Value) throws(APIFailure) -> Value
    ) throws(APIFailure) -> Written {
        try write(kind, key, subresource, options) { old throws(APIFailure) in Proposal(object: try change(old)) }
    }

    /// An object as a client wants it.
    struct Proposal {
        var object: Value
        /// Who owns its fields then; nil to see that from what changes.
        var owners: ManagedFields?
    }

    /// - Parameter propose: gets the object in the version of `kind`. May be called more than once.
    func write(
        _ kind: KindSchema, _ key: ObjectKey, _ subresource: Subresource, _ options: WriteOptions,
        propose: (Value) throws(APIFailure) -> Proposal
    ) throws(APIFailure) -> Written {
        // Whoever has to try again lost to a write that was made: there is always progress.
        while true {
            guard let current = read({ $0.object(kind.resource, key) }) else { throw .notFound(kind, key.name) }
            let old = kind.served(current.value)
            let reading = ObjectReading(kind: kind, options: options)
            let proposal = try propose(old)
            let proposed = try reading.identify(proposal.object)
            try requireSame(kind, proposed, old, key)
            var (next, warnings) = try reading.prune(subresource == .status ? withStatus(of: proposed, old) : proposed)
            complete(&next, kind, old: old, subresource)
            let ownership = ownership(kind, options, subresource)
            next.managedFields = ownership.managedFields(
                from: old, to: next, proposed: proposed.managedFields, owners: proposal.owners)
            let problems =
                reading.problems(next) + MetadataRules.finalizerProblems(next, old: old)
                + KindRules.problems(next, kind, old: old)
            guard problems.isEmpty else { throw .invalid(kind, key.name, problems) }
            try APIFailure.requireSmall(next)
            // A write that changes nothing leaves the version alone.
            if next == old { return Written(object: old, warnings: warnings) }
            if let written = try replace(kind, current, kind.stored(next), options) {
                return Written(object: kind.served(written), warnings: warnings)
            }
        }
    }

    func ownership(_ kind: KindSchema, _ options: WriteOptions, _ subresource: Subresource = .object) -> FieldOwnership {
        let writer = FieldWriter(
            name: options.manager, subresource: subresource, now: Timestamps.text(settings.clock()))
        return FieldOwnership(kind: kind, kinds: kinds, writer: writer)
    }

    private func requireSame(_ kind: KindSchema, _ proposed: Value, _ old: Value, _ key: ObjectKey) throws(APIFailure) {
        try ObjectReading.requireAddress(proposed, key)
        guard proposed.uid.isEmpty || proposed.uid == old.uid else {
            throw .conflict(
                kind, key.name, "Precondition failed: UID in precondition: \(proposed.uid), UID in object meta: \(old.uid)")
        }
        if proposed.resourceVersion.isEmpty, kinds.isCustom(kind.resource) {
            let problem = SchemaProblem(
                path: "metadata.resourceVersion", reason: .invalid, message: "Invalid value: 0x0: must be specified for an update"
            )
            throw .invalid(kind, key.name, [problem])
        }
        guard proposed.resourceVersion.isEmpty || proposed.resourceVersion == old.resourceVersion else {
            throw .conflict(kind, key.name)
        }
    }

    private func withStatus(of proposed: Value, _ old: Value) -> Value {
        var next = old
        next["status"] = proposed["status"]
        return next
    }

    /// What a client cannot change comes from the object as it was.
    private func complete(_ next: inout Value, _ kind: KindSchema, old: Value, _ subresource: Subresource) {
        var metadata = next["metadata"] ?? [:]
        metadata["managedFields"] = nil
        metadata["selfLink"] = nil
        for member in [
            "name", "namespace", "generateName", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp",
            "deletionGracePeriodSeconds", "generation",
        ] { metadata[member] = old[at: "metadata", member] }
        next["metadata"] = metadata
        if kind.hasStatus, subresource != .status { next["status"] = old["status"] }
        next = Defaulting.apply(next, kind.schema)
        KindRules.prepare(&next, kind, old: old, now: Timestamps.text(settings.clock()))
        if KindRules.hasGeneration(kind), content(next, kind) != content(old, kind) {
            next.setMetadata("generation", .integer((old[at: "metadata", "generation"]?.integer ?? 1) + 1))
        }
    }

    /// What a generation counts the changes of.
    private func content(_ object: Value, _ kind: KindSchema) -> Value {
        var object = object
        object["metadata"] = nil
        if kind.hasStatus { object["status"] = nil }
        return object
    }

    /// Nil when the object was changed since it was read.
    private func replace(_ kind: KindSchema, _ current: StoredObject, _ next: Value, _ options: WriteOptions) throws(APIFailure)
        -> Value?
    {
        let now = settings.clock()
        return try transact { state throws(APIFailure) -> Value? in
            guard state.object(kind.resource, current.key)?.version == current.version else { return nil }
            var next = next
            if kind.resource == .services { try state.assignAddresses(&next, old: current.value, kind) }
            if options.isDryRun { return next }
            let stored = state.put(kind.resource, next)
            state.follow(kind.resource, stored, now: now)
            state.settle(kind.resource, current.key, .init(now: Timestamps.text(now)))
            return stored.value
        }
    }
}
