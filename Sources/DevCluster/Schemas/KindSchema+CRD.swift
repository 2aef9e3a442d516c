import Documents

extension KindSchema {
    /// The kinds that a CustomResourceDefinition declares, one for each served version.
    static func kinds(crd: Value) -> [KindSchema] {
        let versions = crd[at: "spec", "versions"]?.array ?? []
        return versions.filter { $0["served"]?.bool ?? true }.compactMap { KindSchema(crd: crd, version: $0) }
    }

    /// The kind in the version that is stored; nil when the definition lacks what a kind needs.
    init?(crd: Value) {
        let versions = crd[at: "spec", "versions"]?.array ?? []
        guard let stored = versions.first(where: { $0["storage"]?.bool ?? false }) ?? versions.first else { return nil }
        self.init(crd: crd, version: stored)
    }

    private init?(crd: Value, version: Value) {
        guard let spec = crd["spec"], let group = spec["group"]?.string, let names = spec["names"],
            let kind = names["kind"]?.string,
            let plural = names["plural"]?.string, let versionName = version["name"]?.string
        else { return nil }
        self.init(
            group: group, version: versionName, kind: kind, plural: plural, isNamespaced: spec["scope"]?.string != "Cluster")
        listKind = names["listKind"]?.string ?? listKind
        singular = names["singular"]?.string ?? singular
        shortNames = names["shortNames"]?.array?.compactMap(\.string) ?? []
        categories = names["categories"]?.array?.compactMap(\.string) ?? []
        hasStatus = version[at: "subresources", "status"] != nil
        scale = version[at: "subresources", "scale"].map(Scale.init(described:))
        columns = (version["additionalPrinterColumns"]?.array ?? []).map { Column(described: $0, path: "jsonPath") }
        schema = EnvelopeSchema.added(
            to: version[at: "schema", "openAPIV3Schema"] ?? ["x-kubernetes-preserve-unknown-fields": true])
    }
}
