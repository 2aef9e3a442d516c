import Documents

/// FieldsV1, the form in which sets of fields stand in `metadata.managedFields`
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/#System).
///
/// Each path element is a key. An empty object below it says that the field is in the set; a key `.` that the field is in the set beside
/// some that are below it.
extension FieldSet {
    /// In canonical order.
    var fieldsV1: Value { fieldsV1(isMember: false) }

    private func fieldsV1(isMember: Bool) -> Value {
        var members = Value.Fields()
        if isMember, !isEmpty { members["."] = [:] }
        for branch in branches {
            members[branch.element.fieldsV1] = branch.node.below.fieldsV1(isMember: branch.node.isMember)
        }
        return .object(members)
    }

    /// Path elements of a kind that nobody knows yet are left out.
    init(fieldsV1 value: Value) throws(FieldsV1Error) {
        guard let members = value.object else { throw FieldsV1Error("fieldsV1 must be an object, found \(value.kindName)") }
        var branches: [Branch] = []
        for (text, below) in members.entries where text != "." {
            do {
                let element = try PathElement(fieldsV1: text)
                let set = try FieldSet(fieldsV1: below)
                branches.append(Branch(element: element, node: Node(isMember: set.isEmpty || below["."] != nil, below: set)))
            } catch let error as FieldsV1Error {
                throw error
            } catch {
                continue
            }
        }
        self.init(branches)
    }
}
