public import Documents
public import Resources

extension Snapshot {
    /// A document without what no translation depends on: the status, bookkeeping of the API server, and
    /// other people's annotations. Nil for documents of kinds that are not read.
    ///
    /// A snapshot of essentials translates as one of the documents does.
    ///
    /// - Parameter keepsValues: whether a Secret's values are among them; without, its keys stay (see `keepSecrets`).
    public static func essentials(_ document: Value, keepsValues: Bool = true) -> Value? {
        kind(of: document) == nil ? nil : essentials(of: document, namespace: nil, keepsValues: keepsValues)
    }

    /// - Parameter namespace: where the object lives, for documents that do not say it.
    static func essentials(of document: Value, namespace: String?, keepsValues: Bool) -> Value {
        guard case .object(var fields) = document else { return document }
        fields.remove("status")
        fields.update("metadata") { metadata in
            metadata = metadata.map(essentialMetadata)
            if let namespace, !namespace.isEmpty, metadata?["namespace"] == nil { metadata?["namespace"] = .string(namespace) }
        }
        switch fields["kind"]?.string {
        case Service.kind.kind: fields.update("spec") { $0 = without($0, unreadOfServices) }
        case EndpointSlice.kind.kind:
            fields.update("endpoints") { list in
                guard case .array(let endpoints)? = list else { return }
                list = .array(endpoints.map(essentialEndpoint))
            }
        default: break
        }
        if !keepsValues {
            for member in ["data", "stringData"] {
                guard case .object(let values)? = fields[member] else { continue }
                fields[member] = .object(Value.Fields(values.entries.map { ($0.key, "") }))
            }
        }
        return .object(fields)
    }

    /// Members that are in no essentials, for whoever reads objects of the kind from a cluster.
    ///
    /// - Parameter isWhole: somebody else reads the status and the bookkeeping.
    public static func unread(_ kind: ResourceKind, isWhole: Bool) -> [[String]] {
        let ofAll = isWhole ? [] : [["status"]] + ["selfLink", "finalizers", "ownerReferences"].map { ["metadata", $0] }
        let endpoint = ["endpoints", JSONOmissions.eachElement]
        switch kind {
        case Service.kind: return ofAll + unreadOfServices.map { ["spec", $0] }
        case EndpointSlice.kind:
            return ofAll + unreadOfEndpoints.map { endpoint + [$0] } + unreadOfTargets.map { endpoint + ["targetRef", $0] }
        default: return ofAll
        }
    }

    /// What `kubectl` writes into most Services and nobody here reads.
    private static let unreadOfServices: Set<String> = [
        "selector", "clusterIPs", "sessionAffinity", "internalTrafficPolicy", "externalTrafficPolicy", "ipFamilyPolicy",
    ]
    private static let unreadOfEndpoints: Set<String> = ["nodeName"]
    /// Of what stands behind the addresses its kind and name are read.
    private static let unreadOfTargets: Set<String> = ["uid", "namespace", "resourceVersion"]

    private static func without(_ value: Value?, _ names: Set<String>) -> Value? {
        guard case .object(let fields)? = value, fields.entries.contains(where: { names.contains($0.key) }) else { return value }
        return .object(Value.Fields(fields.entries.filter { !names.contains($0.key) }.map { ($0.key, $0.value) }))
    }

    private static func essentialEndpoint(_ endpoint: Value) -> Value {
        guard case .object(var fields)? = without(endpoint, unreadOfEndpoints) else { return endpoint }
        fields.update("targetRef") { $0 = without($0, unreadOfTargets) }
        return .object(fields)
    }

    private static func essentialMetadata(_ metadata: Value) -> Value {
        guard case .object(let fields) = metadata else { return metadata }
        var kept = Value.Fields()
        for (key, value) in fields.entries {
            switch key {
            case "managedFields", "resourceVersion", "selfLink", "finalizers", "ownerReferences": continue
            case "annotations", "labels":
                let pairs = essentialPairs(value)
                if pairs.object?.isEmpty != true { kept[key] = pairs }
            default: kept[key] = value
            }
        }
        return .object(kept)
    }

    private static func essentialPairs(_ pairs: Value) -> Value {
        guard case .object(let fields) = pairs else { return pairs }
        return .object(Value.Fields(fields.entries.filter { ObjectMeta.matters($0.key) }.map { ($0.key, $0.value) }))
    }
}
