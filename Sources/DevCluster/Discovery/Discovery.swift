import Documents

/// Says which resources there are: the classic documents, one for each group version.
struct Discovery {
    private let kinds: KindTable

    /// Reviews are served and never stored, so they are announced beside the kinds of the store.
    init(kinds stored: KindTable) {
        let announced = Set(stored.all.map(\.qualifiedName))
        kinds = KindTable(stored.all + Reviews.kinds.filter { !announced.contains($0.qualifiedName) })
    }

    static let verbs: [Value] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    static let subresourceVerbs: [Value] = ["get", "patch", "update"]
    static let createOnly: [Value] = ["create"]

    /// A subresource of a kind, and the kind that it speaks.
    struct Subresource {
        var name: String
        var group: String
        var version: String
        var kind: String
    }

    static func subresources(_ kind: KindSchema) -> [Subresource] {
        var list: [Subresource] = []
        if kind.scale != nil { list.append(Subresource(name: "scale", group: "autoscaling", version: "v1", kind: "Scale")) }
        if kind.hasStatus { list.append(Subresource(name: "status", group: kind.group, version: kind.version, kind: kind.kind)) }
        return list
    }

    /// `/api`
    var coreVersions: Value {
        ["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []]
    }

    /// `/apis`
    var groupList: Value {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(kinds.groups.filter { !$0.isEmpty }.map { group($0, isNested: true) }),
        ]
    }

    /// `/apis/GROUP`; nil when there is no such group.
    func group(named name: String) -> Value? {
        guard kinds.groups.contains(name), !name.isEmpty else { return Value?.none }
        return group(name, isNested: false)
    }

    private func group(_ name: String, isNested: Bool) -> Value {
        let versions = kinds.versions(ofGroup: name).map { version -> Value in
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        let body: Value = ["name": .string(name), "versions": .array(versions), "preferredVersion": versions.first ?? .null]
        if isNested { return body }
        var group: Value = ["kind": "APIGroup", "apiVersion": "v1"]
        for (key, value) in body.object?.entries ?? [] { group[key] = value }
        return group
    }

    /// `/api/v1`, `/apis/GROUP/VERSION`; nil when nothing is served there.
    func resources(group: String, version: String) -> Value? {
        let found = kinds.all.filter { $0.group == group && $0.version == version }
        guard let first = found.first else { return nil }
        return [
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": .string(first.apiVersion),
            "resources": .array(found.flatMap(resources)),
        ]
    }

    private func resources(_ kind: KindSchema) -> [Value] {
        var resource: Value = [
            "name": .string(kind.plural), "singularName": .string(kind.singular), "namespaced": .bool(kind.isNamespaced),
            "kind": .string(kind.kind), "verbs": .array(Reviews.isReview(kind) ? Self.createOnly : Self.verbs),
        ]
        if !kind.shortNames.isEmpty { resource["shortNames"] = .array(kind.shortNames.map(Value.string)) }
        if !kind.categories.isEmpty { resource["categories"] = .array(kind.categories.map(Value.string)) }
        return [resource]
            + Self.subresources(kind).map { sub in
                [
                    "name": .string("\(kind.plural)/\(sub.name)"), "singularName": "", "namespaced": .bool(kind.isNamespaced),
                    "group": .string(sub.group), "version": .string(sub.version), "kind": .string(sub.kind),
                    "verbs": .array(Self.subresourceVerbs),
                ]
            }
    }
}

/// Everything in one document (KEP-3352), which kubectl asks for since 1.26.
extension Discovery {
    /// - Parameter version: "v2" or "v2beta1".
    func aggregated(core: Bool, version: String) -> Value {
        let groups = core ? [""] : kinds.groups.filter { !$0.isEmpty }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": .string("apidiscovery.k8s.io/" + version), "metadata": [:],
            "items": .array(groups.map(aggregated)),
        ]
    }

    private func aggregated(_ group: String) -> Value {
        let all = kinds.all.filter { $0.group == group }
        return [
            "metadata": ["name": .string(group), "creationTimestamp": .null],
            "versions": .array(
                kinds.versions(ofGroup: group).map { version in
                    [
                        "version": .string(version), "freshness": "Current",
                        "resources": .array(all.filter { $0.version == version }.map(aggregated)),
                    ]
                }),
        ]
    }

    private func aggregated(_ kind: KindSchema) -> Value {
        var resource: Value = [
            "resource": .string(kind.plural), "responseKind": Self.responseKind(kind.group, kind.version, kind.kind),
            "scope": kind.isNamespaced ? "Namespaced" : "Cluster", "singularResource": .string(kind.singular),
            "verbs": .array(Reviews.isReview(kind) ? Self.createOnly : Self.verbs),
        ]
        if !kind.shortNames.isEmpty { resource["shortNames"] = .array(kind.shortNames.map(Value.string)) }
        if !kind.categories.isEmpty { resource["categories"] = .array(kind.categories.map(Value.string)) }
        let subresources = Self.subresources(kind).map { sub -> Value in
            [
                "subresource": .string(sub.name), "responseKind": Self.responseKind(sub.group, sub.version, sub.kind),
                "verbs": .array(Self.subresourceVerbs),
            ]
        }
        if !subresources.isEmpty { resource["subresources"] = .array(subresources) }
        return resource
    }

    private static func responseKind(_ group: String, _ version: String, _ kind: String) -> Value {
        ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }
}
