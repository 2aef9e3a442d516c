import Documents

extension FieldOwnership {
    /// The owners after a definition made one field of what had parts: who owned a part owns the whole
    /// (structured-merge-diff, typed/reconcile_schema.go). What was a whole and has parts now counts as if it had always had them.
    func reconciled(_ managed: ManagedFields, _ live: Value) -> ManagedFields {
        // The schemas of built-in kinds do not change.
        guard kinds.isCustom(kind.resource) else { return managed }
        var result = managed
        for (manager, entry) in managed.entries {
            guard let version = version(entry.apiVersion) else { continue }
            result[manager]?.fields = Self.reconciled(entry.fields, convert(live, to: version), SchemaNode(version.schema))
        }
        return result
    }

    private static func reconciled(_ fields: FieldSet, _ value: Value, _ schema: SchemaNode) -> FieldSet {
        let parts = schema.part(value).byElement
        return FieldSet(
            fields.branches.map { branch in
                let below = schema.below(branch.element)
                guard !branch.node.below.isEmpty, let inner = parts[branch.element] else { return branch }
                var node = branch.node
                if case .whole = below.part(inner) {
                    node = FieldSet.Node(isMember: true)
                } else {
                    node.below = reconciled(node.below, inner, below)
                }
                return FieldSet.Branch(element: branch.element, node: node)
            })
    }
}

extension FieldPart {
    fileprivate var byElement: [PathElement: Value] {
        switch self {
        case .members(let members): Dictionary(members.entries.map { (.field($0.key), $0.value) }) { first, _ in first }
        case .elements(let elements): Dictionary(elements.map { ($0.identity, $0.value) }) { first, _ in first }
        case .whole, .nothing: [:]
        }
    }
}
