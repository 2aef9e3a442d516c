public import Resources

/// Secrets of which only those that something refers to keep their values.
///
/// Of the others type and keys stay, so that a reference to one is judged at once; whoever makes it has to read the values anew.
extension Snapshot {
    /// From now on keeps the values of these Secrets only. - Returns: those of them whose values were dropped before.
    public mutating func keepSecrets(_ wanted: Set<ObjectReference>) -> [ObjectReference] {
        let keys = Set(wanted.map { ObjectKey($0) })
        keptSecrets = keys
        for (key, secret) in secrets.objects where !secret.resource.isElided && !keys.contains(key) {
            secrets.adjust(key) { $0.elide() }
        }
        return keys.sorted().compactMap { key in secrets[key].flatMap { $0.resource.isElided ? $0.reference : nil } }
    }

    static func elision(_ kept: Set<ObjectKey>?) -> (inout Secret) -> Void {
        { secret in
            let key = ObjectKey(secret.metadata.namespace, secret.metadata.name)
            if !(kept.map { $0.contains(key) } ?? (secret.type == Secret.certificateType)) { secret.elide() }
        }
    }

    /// What an object's Events are about; nil when there is no such object, or it came from a file.
    public func uid(of reference: ObjectReference) -> String? {
        let key = ObjectKey(reference)
        let metadata: ObjectMeta? =
            switch reference.kind {
            case Service.kind.kind: services[key]?.resource.metadata
            case EndpointSlice.kind.kind: slices[key]?.resource.metadata
            case Secret.kind.kind: secrets[key]?.resource.metadata
            case Ingress.kind.kind: ingresses[key]?.resource.metadata
            case IngressClass.kind.kind: classes[key]?.resource.metadata
            case Route.kind.kind: routes[key]?.resource.metadata
            case Namespace.kind.kind: namespaces[key]?.resource.metadata
            default: nil
            }
        return metadata.map(\.uid).flatMap { $0.isEmpty ? nil : $0.description }
    }
}
