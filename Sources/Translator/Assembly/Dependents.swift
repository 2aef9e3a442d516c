import Resources

/// Which parts looked for which Services and Secrets.
struct Dependents {
    private var byService: [ObjectKey: Set<ObjectReference>] = [:]
    private var bySecret: [ObjectKey: Set<ObjectReference>] = [:]

    func on(service: ObjectKey) -> Set<ObjectReference> { byService[service] ?? [] }
    func on(secret: ObjectKey) -> Set<ObjectReference> { bySecret[secret] ?? [] }

    mutating func replace(_ old: RoutePart?, with new: RoutePart?, of object: ObjectReference) {
        Self.replace(old?.services ?? [], with: new?.services ?? [], of: object, in: &byService)
        Self.replace(old?.secrets ?? [], with: new?.secrets ?? [], of: object, in: &bySecret)
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
