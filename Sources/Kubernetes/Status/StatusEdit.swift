public import Documents

extension APIClient {
    /// Changes members of an object's status without treading on others who write it.
    ///
    /// `edit` gets the current object and returns the new values of the status members that it wants to change (nil removes one);
    /// no difference means that nothing is sent. The patch names the resource version it was made from, so a change in between is
    /// a conflict: then the object is read again and edited anew.
    ///
    /// A server that asks to wait is the caller's business, who has more to write.
    ///
    /// - Parameter known: the object as last seen, which saves reading it.
    /// - Returns: the object as it is now; nil when it no longer exists.
    /// - Throws: 404 without a name when the object exists, but not its status: an old definition.
    @discardableResult
    public func editStatus(
        _ type: ResourceType, _ key: ObjectKey, known: Object? = nil, attempts: Int = 5,
        _ edit: @Sendable (Object) -> [String: Value?]
    ) async throws(APIError) -> Object? {
        var current = known
        var attempt = 0
        while true {
            attempt += 1
            do {
                let object: Object
                if let current {
                    object = current
                } else {
                    object = try await get(type, namespace: key.namespace, name: key.name, isPatient: false)
                }
                guard let patch = statusPatch(of: object, edit(object)) else { return object }
                return try await self.patch(
                    type, namespace: key.namespace, name: key.name, subresource: "status", .merge, patch, isPatient: false)
            } catch let error where error.isConflict && attempt < attempts {
                current = nil
            } catch let error where error.code == 404 {
                guard error.call.verb == "patch", try await exists(type, key) else { return nil }
                var call = error.call
                call.name = nil
                throw APIError(call, error.cause)
            }
        }
    }

    private func exists(_ type: ResourceType, _ key: ObjectKey) async throws(APIError) -> Bool {
        do {
            _ = try await get(type, namespace: key.namespace, name: key.name, isPatient: false)
            return true
        } catch let error where error.code == 404 {
            return false
        }
    }

    private func statusPatch(of object: Object, _ members: [String: Value?]) -> Value? {
        var changes = Value.Fields()
        for (name, value) in members.sorted(by: { $0.key < $1.key }) where object.value[at: "status", name] != value {
            changes[name] = value ?? .null
        }
        guard !changes.isEmpty else { return nil }
        return ["metadata": ["resourceVersion": .string(object.resourceVersion)], "status": .object(changes)]
    }
}
