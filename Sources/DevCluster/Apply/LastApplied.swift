import Documents

/// The annotation in which client-side apply keeps what was applied, as far as the server looks after it for `kubectl apply --server-side`.
enum LastApplied {
    static let annotation = "kubectl.kubernetes.io/last-applied-configuration"
    /// The manager name of `kubectl apply --server-side`. Others are left alone: so does Kubernetes.
    static let manager = "kubectl"

    /// The conflicts that are none: what the manager itself applied on the client's side and nobody has changed since.
    static func allowed(_ live: Value, _ ownership: FieldOwnership) -> FieldSet {
        guard let text = text(live), let last = try? Value(json: text),
            last["apiVersion"]?.string == ownership.kind.apiVersion
        else { return FieldSet() }
        let changes = FieldComparison(from: last, to: live.with(managedFields: nil), ownership.schema)
        return FieldSet(of: last, ownership.schema).subtracting(changes.set).subtracting(changes.removed)
    }

    /// Keeps the annotation true, so that a client-side apply after this one knows what it may take away.
    static func refresh(_ object: inout Value, _ configuration: Value, _ ownership: FieldOwnership) {
        guard ownership.writer.name == manager, text(object) != nil else { return }
        var kept = configuration
        if var annotations = kept[at: "metadata", "annotations"]?.object {
            annotations.remove(annotation)
            kept.setMetadata("annotations", annotations.isEmpty ? nil : .object(annotations))
        }
        var annotations = object[at: "metadata", "annotations"]?.object ?? Value.Fields()
        annotations[annotation] = .string(kept.jsonText + "\n")
        let size = annotations.entries.reduce(0) { $0 + $1.key.utf8.count + ($1.value.string?.utf8.count ?? 0) }
        if size > MetadataRules.annotationLimit { annotations.remove(annotation) }
        object.setMetadata("annotations", .object(annotations))
    }

    private static func text(_ object: Value) -> String? {
        object[at: "metadata", "annotations", annotation]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
