import Documents

extension FieldOwnership {
    /// Takes away what a manager applied the last time and leaves out now, unless somebody else owns it (structured-merge-diff,
    /// merge/update.go, prune).
    ///
    /// - Parameters:
    ///   - merged: the object with the configuration already in it.
    ///   - last: what the manager applied the last time.
    ///   - managed: all owners, the manager with its new configuration among them.
    func pruned(_ merged: Value, _ last: ManagedFields.Entry, _ managed: ManagedFields) -> Value {
        guard !last.fields.isEmpty, let version = version(last.apiVersion) else { return merged }
        let tree = SchemaNode(version.schema)
        let whole = convert(merged, to: version)
        var rest = FieldRemoval.remove(last.fields.withNamedParents(tree), from: whole, tree)
        rest = withOwnedFields(rest, whole, version, managed)
        rest = withFieldsOfNobody(rest, whole, tree, last.fields)
        return convert(rest, from: version, to: kind)
    }

    /// What was removed and has another owner comes back, in every version in which owners name fields.
    private func withOwnedFields(_ pruned: Value, _ whole: Value, _ from: KindSchema, _ managed: ManagedFields) -> Value {
        let owned = Dictionary(managed.entries.values.map { ($0.apiVersion, $0.fields) }) { $0.union($1) }
        var rest = pruned
        // First in the version of what was removed, which has it all.
        for apiVersion in owned.keys.sorted(by: { ($1 == from.apiVersion ? 1 : 0, $0) < ($0 == from.apiVersion ? 1 : 0, $1) }) {
            guard let version = version(apiVersion), let fields = owned[apiVersion] else { continue }
            let tree = SchemaNode(version.schema)
            let (all, kept) = (convert(whole, from: from, to: version), convert(rest, from: from, to: version))
            let keep = FieldSet(of: kept, tree).withNamedParents(tree).union(fields.withNamedParents(tree))
            let gone = FieldSet(of: all, tree).withNamedParents(tree).subtracting(keep)
            rest = convert(FieldRemoval.remove(gone, from: all, tree), from: version, to: from)
        }
        return rest
    }

    /// What was removed although the manager did not own it: it stood below something that the manager owned.
    private func withFieldsOfNobody(_ pruned: Value, _ whole: Value, _ tree: SchemaNode, _ last: FieldSet) -> Value {
        let kept = FieldSet(of: pruned, tree).withNamedParents(tree)
        let all = FieldSet(of: whole, tree).withNamedParents(tree)
        let gone = all.subtracting(kept).intersection(last.withNamedParents(tree))
        return FieldRemoval.remove(gone, from: whole, tree)
    }
}
