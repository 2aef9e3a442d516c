import Resources

/// Which parts looked for which Services and Secrets.
struct Dependents {
    private var byService: [ObjectKey: Set<ObjectReference>] = [:]
    private var bySecret: [ObjectKey: Set<ObjectReference>] = [:]
    /// Grows whenever `secrets` changes.
    private(set) var secretsVersion = 0

    func on(service: ObjectKey) -> Set<ObjectReference> { byService[service] ?? [] }
    func on(secret: ObjectKey) -> Set<ObjectReference> { bySecret[secret] ?? [] }

    /// Secrets that are referred to, existing or not.
    var secrets: some Collection<ObjectKey> { bySecret.keys }

    mutating func replace(_ old: RoutePart?, with new: RoutePart?, of object: ObjectReference) {
        Self.replace(old?.services ?? [], with: new?.services ?? [], of: object, in: &byService)
        guard old?.secrets ?? [] != new?.secrets ?? [] else { return }
        Self.replace(old?.secrets ?? [], with: new?.secrets ?? [], of: object, in: &bySecret)
        secretsVersion += 1
    }

    private static func replace(
        _ old: Set<ObjectKey>, with new: Set<ObjectKey>, of object: ObjectReference,
        in table: inout [ObjectKey: Set<ObjectReference>]
    ) {
        for key in old.subtracting(new) {
            table[key]?.remove(object)
            if table[key]?.isEmpty == true { table[key] = nil }
        }
        for key in new.subtracting(old) { table[key, default: []].insert(object) }
    }
}
