import Base
import Resources

/// Which parts looked for which Services and Secrets.
struct Dependents {
    private var byService = ObjectTable<RoutePart>()
    private var bySecret: [ObjectKey: Few<ObjectReference>] = [:]
    /// Grows whenever `secrets` changes.
    private(set) var secretsVersion = 0

    func on(service: ObjectKey) -> [RoutePart] { byService.all(service.hashValue) { $0.services.contains(service) } }
    func on(secret: ObjectKey) -> Few<ObjectReference> { bySecret[secret] ?? Few() }

    /// Secrets that are referred to, existing or not.
    var secrets: some Collection<ObjectKey> { bySecret.keys }

    mutating func replace(_ old: RoutePart?, with new: RoutePart?, of object: ObjectReference) {
        for service in old?.services ?? [] { byService.remove(service.hashValue) { $0 === old } }
        if let new { for service in new.services { byService.put(new, service.hashValue) { $0 === new } } }
        guard old?.secrets ?? [] != new?.secrets ?? [] else { return }
        Self.replace(old?.secrets ?? [], with: new?.secrets ?? [], of: object, in: &bySecret)
        secretsVersion += 1
    }

    private static func replace(
        _ old: [ObjectKey], with new: [ObjectKey], of object: ObjectReference,
        in table: inout [ObjectKey: Few<ObjectReference>]
    ) {
        for key in Set(old).subtracting(new) {
            table[key]?.remove(object)
            if table[key]?.isEmpty == true { table[key] = nil }
        }
        for key in Set(new).subtracting(old) { table[key, default: Few()].update(with: object) }
    }
}
