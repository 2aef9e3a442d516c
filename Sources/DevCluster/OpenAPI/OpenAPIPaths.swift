import Documents

/// Where the objects of a kind are found, and what kubectl looks up there.
enum OpenAPIPaths {
    /// Query parameters of a patch. kubectl reads here whether the server validates fields and knows dry runs.
    static let patchParameters: [(name: String, description: String)] = [
        ("dryRun", "When present, indicates that modifications should not be persisted."),
        ("fieldManager", "fieldManager is a name associated with the actor or entity that is making these changes."),
        ("fieldValidation", "What to do with unknown and duplicate fields: Ignore, Warn or Strict."),
        ("force", "Force is going to force Apply requests."),
    ]

    /// `/apis/apps/v1/namespaces/{namespace}/deployments/{name}`
    static func item(of kind: KindSchema) -> String { collection(of: kind) + "/{name}" }

    static func collection(of kind: KindSchema) -> String {
        let root = kind.group.isEmpty ? "/api/\(kind.version)" : "/apis/\(kind.apiVersion)"
        return root + (kind.isNamespaced ? "/namespaces/{namespace}" : "") + "/\(kind.plural)"
    }
}
