import Documents

extension FieldSet {
    /// The fields that an object sets: what an applier owns after it applied the object.
    init(of object: Value, _ schema: SchemaNode) { self = Self.node(of: object, schema).below }

    private static func node(of value: Value, _ schema: SchemaNode) -> Node {
        switch schema.part(value) {
        case .whole, .nothing: return Node(isMember: true)
        case .members(let members):
            guard !members.isEmpty else { return Node(isMember: true) }
            return Node(
                below: FieldSet(
                    members.entries.map { name, value in
                        var node = node(of: value, schema.declared(name) ?? .undescribed)
                        if !schema.hasNamed(name) { node.isMember = true }
                        return Branch(element: .field(name), node: node)
                    }))
        case .elements(let elements):
            // Elements of the same identity are owned together, and nothing in them by itself.
            let counts = Dictionary(elements.map { ($0.identity, 1) }, uniquingKeysWith: +)
            return Node(
                below: FieldSet(
                    elements.map { element in
                        let isAlone = counts[element.identity] == 1
                        let below = isAlone ? node(of: element.value, schema.element).below : FieldSet()
                        return Branch(element: element.identity, node: Node(isMember: true, below: below))
                    }))
        }
    }

    /// With every member that a schema names above a field of the set. Removing a set's fields removes what held nothing else.
    func withNamedParents(_ schema: SchemaNode) -> FieldSet {
        FieldSet(
            branches.map { branch in
                var node = branch.node
                if case .field(let name) = branch.element, !node.below.isEmpty, schema.hasNamed(name) { node.isMember = true }
                node.below = node.below.withNamedParents(schema.below(branch.element))
                return Branch(element: branch.element, node: node)
            })
    }
}
