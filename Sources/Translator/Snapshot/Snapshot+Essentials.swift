public import Documents
public import Resources

extension Snapshot {
    /// A document without what no translation depends on: the status (but a Rollout's), bookkeeping of the API server, and
    /// other people's annotations. Nil for documents of kinds that are not read.
    ///
    /// A snapshot of essentials translates as one of the documents does.
    ///
    /// - Parameter keepsValues: whether a Secret's values are among them; without, its keys stay (see `keepSecrets`).
    public static func essentials(_ document: Value, keepsValues: Bool = true) -> Value? {
        kind(of: document).map { essentials(of: Packed(document), $0, namespace: nil, keepsValues: keepsValues).value }
    }

    /// - Parameters:
    ///   - namespace: where the object lives, for documents that do not say it.
    ///   - isRead: the document was read without what is `unread`.
    ///   - note: what stands behind them.
    static func essentials(
        of document: Packed, _ kind: ResourceKind, namespace: String?, keepsValues: Bool, isRead: Bool = false,
        note: (PackedReader) -> [UInt8] = { _ in [] }
    ) -> Packed {
        let namespaces = namespace.map { $0.isEmpty ? [] : [(name: "namespace", text: $0)] } ?? []
        return PackedCopier.copy(document, note: note) { copier in
            copier.object { name, copier in
                switch name {
                // Every replica obeys the weights in the status of a Rollout, and whoever writes it has to know which one it was.
                case "status" where kind != Rollout.kind: copier.drop()
                case "metadata" where kind == Rollout.kind: copier.object(adding: namespaces, copyMetadataOfRollouts)
                case "metadata": copier.object(adding: namespaces, copyMetadata)
                case "spec" where kind == Service.kind && !isRead: copier.object { copyUnless(unreadOfServices, $0, &$1) }
                case "endpoints" where kind == EndpointSlice.kind && !isRead: copier.array { $0.object(copyEndpoint) }
                case "data" where !keepsValues, "stringData" where !keepsValues: copier.object { $1.replace(with: "") }
                default: copier.keep()
                }
            }
        }
    }

    /// Members that are in no essentials, for whoever reads objects of the kind from a cluster.
    ///
    /// - Parameter isWhole: somebody else reads the status and the bookkeeping.
    public static func unread(_ kind: ResourceKind, isWhole: Bool) -> [[String]] {
        if kind == Rollout.kind { return [] }
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
    private static let unreadOfServices = [
        "selector", "clusterIPs", "sessionAffinity", "internalTrafficPolicy", "externalTrafficPolicy", "ipFamilyPolicy",
    ]
    private static let unreadOfEndpoints = ["nodeName"]
    /// Of what stands behind the addresses its kind and name are read.
    private static let unreadOfTargets = ["uid", "namespace", "resourceVersion"]

    private static func copyUnless(_ unread: [String], _ name: String, _ copier: inout PackedCopier) {
        if unread.contains(name) { copier.drop() } else { copier.keep() }
    }

    private static func copyEndpoint(_ name: String, _ copier: inout PackedCopier) {
        if name == "targetRef" {
            copier.object { copyUnless(unreadOfTargets, $0, &$1) }
        } else {
            copyUnless(unreadOfEndpoints, name, &copier)
        }
    }

    private static func copyMetadataOfRollouts(_ name: String, _ copier: inout PackedCopier) {
        if name == "resourceVersion" { copier.keep() } else { copyMetadata(name, &copier) }
    }

    private static func copyMetadata(_ name: String, _ copier: inout PackedCopier) {
        switch name {
        case "managedFields", "resourceVersion", "selfLink", "finalizers", "ownerReferences": copier.drop()
        case "annotations", "labels":
            copier.object(dropsEmpty: true) { if ObjectMeta.matters($0) { $1.keep() } else { $1.drop() } }
        default: copier.keep()
        }
    }
}
