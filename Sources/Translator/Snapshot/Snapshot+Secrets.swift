import Documents
public import Resources

/// Secrets of which only those that something refers to keep their values.
///
/// Of the others type and keys stay, so that a reference to one is judged at once; whoever makes it has to read the values anew.
extension Snapshot {
    /// From now on keeps the values of these Secrets only. - Returns: those of them whose values were dropped before.
    public mutating func keepSecrets(_ wanted: Set<ObjectReference>) -> [ObjectReference] {
        let keys = Set(wanted.map { ObjectKey($0) })
        keptSecrets = keys
        for key in secrets.objects.filter({ !$0.isElided && !keys.contains($0.key) }).map(\.key) { secrets.dropValues(key) }
        return keys.sorted().compactMap { key in secrets[key].flatMap { $0.isElided ? $0.reference : nil } }
    }

    /// Whether the values of a Secret are kept.
    static func keepsValues(_ kept: Set<ObjectKey>?, _ defaultNamespace: String) -> @Sendable (Located) -> Bool {
        { document in
            let value = document.value
            guard let kept else {
                let key = Secret.authorityKey
                return value["type"]?.string == Secret.certificateType || value["data"]?[key] != nil
                    || value["stringData"]?[key] != nil
            }
            let metadata = ObjectMeta(of: value, defaultNamespace: defaultNamespace)
            return kept.contains(ObjectKey(metadata.namespace, metadata.name))
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
            case Rollout.kind.kind: rollouts[key]?.resource.metadata
            default: nil
            }
        return metadata.map(\.uid).flatMap { $0.isEmpty ? nil : $0.description }
    }
}
