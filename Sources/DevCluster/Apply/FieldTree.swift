import Documents

/// An object's value as its schema divides it into fields that can have owners.
enum FieldPart {
    /// Owned as a whole: a scalar, an atomic list, an atomic object.
    case whole
    /// Nothing, or null.
    case nothing
    /// Each member has owners.
    case members(Value.Fields)
    /// A list map or a set: each element has owners.
    case elements([Element])

    struct Element {
        var identity: PathElement
        var value: Value
    }

    /// Has no parts that could have owners.
    var isHollow: Bool {
        switch self {
        case .whole: false
        case .nothing: true
        case .members(let members): members.isEmpty
        case .elements(let elements): elements.isEmpty
        }
    }
}

/// How Kubernetes reads `x-kubernetes-list-type`, `x-kubernetes-map-type` and their older form, the patch strategies
/// (k8s.io/kube-openapi/pkg/schemaconv).
extension SchemaNode {
    /// What nobody described: members have owners, lists are owned as a whole.
    static let undescribed = SchemaNode([:])

    private var isAtomicObject: Bool { value["x-kubernetes-map-type"]?.string == "atomic" }

    /// How elements of a list are told apart; nil for a list that is owned as a whole, empty for a set.
    var elementKeys: [String]? {
        switch value["x-kubernetes-list-type"]?.string {
        case "map": return listMapKeys
        case "set": return []
        case .some: return nil
        case nil:
            guard patchStrategies.contains("merge") else { return nil }
            return patchMergeKey.map { [$0] } ?? []
        }
    }

    /// A member that the schema names itself, other than those of a map from any name to a value.
    func hasNamed(_ member: String) -> Bool {
        properties?[member] != nil || (isEmbeddedResource && EnvelopeSchema.embedded[member] != nil)
    }

    /// The schema of a member; nil when it may not be there.
    func declared(_ member: String) -> SchemaNode? {
        if isEmbeddedResource, let envelope = EnvelopeSchema.embedded[member] { return SchemaNode(envelope) }
        return self.member(member) ?? (isOpen ? .undescribed : nil)
    }

    func part(_ value: Value?) -> FieldPart {
        switch value {
        case nil, .null: return .nothing
        case .object(let members): return isAtomicObject ? .whole : .members(members)
        case .array(let elements):
            guard let keys = elementKeys else { return .whole }
            let parts = elements.compactMap { element in
                identity(of: element, keys).map { FieldPart.Element(identity: $0, value: element) }
            }
            // Elements that cannot be told apart can have no owners of their own.
            return parts.count == elements.count ? .elements(parts) : .whole
        default: return .whole
        }
    }

    /// Nil when the element has nothing by which it could be told from others.
    func identity(of element: Value, _ keys: [String]) -> PathElement? {
        guard !keys.isEmpty else {
            guard !element.isNull else { return nil }
            return Scalar(element).map(PathElement.value)
        }
        guard element.object != nil else { return nil }
        let members = keys.compactMap { name -> ListKey.Member? in
            (element[name] ?? items?.member(name)?.value["default"]).flatMap(Scalar.init).map { .init(name: name, value: $0) }
        }
        return members.isEmpty ? nil : .key(ListKey(members))
    }

    var element: SchemaNode { items ?? .undescribed }

    /// The schema below a path element.
    func below(_ step: PathElement) -> SchemaNode {
        if case .field(let name) = step { return declared(name) ?? .undescribed }
        return element
    }
}

extension EnvelopeSchema {
    /// What an embedded resource (`x-kubernetes-embedded-resource`) has besides its own members.
    static let embedded: Value.Fields = added(to: [:])["properties"]?.object ?? Value.Fields()
}
