import Documents
import Secure
import Serving

/// Answers lists: whole or in pages, now or at an earlier version.
struct ListAnswer {
    let store: ClusterStore
    let kind: KindSchema
    let selection: Selection
    let request: ServedRequest

    private struct Page {
        var objects: [StoredObject]
        var version: Int64
        var rest: [StoredObject] = []
    }

    func respond(_ rendering: Rendering) throws(APIFailure) -> ServedResponse {
        let page = try page()
        let objects = page.objects.map { kind.served($0.value) }
        var metadata: Value = ["resourceVersion": .string(String(page.version))]
        if let last = page.objects.last, !page.rest.isEmpty {
            metadata["continue"] = .string(ContinueToken(version: page.version, after: last.key).text)
            // With a selector the rest is not counted: so says the API.
            if request.parameter("labelSelector") == nil, request.parameter("fieldSelector") == nil {
                metadata["remainingItemCount"] = .integer(Int64(page.rest.count))
            }
        }
        switch rendering {
        case .table(let version):
            var table = Answers.table(kind, objects, String(page.version), version, request)
            table["metadata"] = metadata
            return Answers.json(table)
        case .partial(let version):
            return Answers.json([
                "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/" + version), "metadata": metadata,
                "items": .array(objects.map { Answers.partial($0, version) }),
            ])
        case .json, .yaml:
            let list: Value = [
                "kind": .string(kind.listKind), "apiVersion": .string(kind.apiVersion), "metadata": metadata,
                "items": .array(objects),
            ]
            return rendering == .json
                ? Answers.json(list)
                : ServedResponse(status: 200, headers: ["Content-Type": "application/yaml"], body: .bytes(Array(list.yaml.utf8)))
        }
    }

    private func page() throws(APIFailure) -> Page {
        var page = try everything()
        page.objects = page.objects.filter(selection.contains)
        guard let limit = request.parameter("limit").flatMap({ Int($0) }), limit > 0, page.objects.count > limit else {
            return page
        }
        page.rest = Array(page.objects[limit...])
        page.objects = Array(page.objects[..<limit])
        return page
    }

    private func everything() throws(APIFailure) -> Page {
        if let text = request.parameter("continue"), !text.isEmpty {
            guard let token = ContinueToken(text) else {
                throw .badRequest("continue key is not valid: it is no token of this server")
            }
            var page = try snapshot(
                at: token.version,
                orThrow:
                    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
                    + "continue parameter.")
            page.objects = page.objects.filter { token.after < $0.key }
            return page
        }
        let wanted = try RequestOptions.version(request)
        if request.parameter("resourceVersionMatch") == "Exact" {
            guard let wanted else { throw .badRequest("resourceVersionMatch is forbidden for resourceVersion \"0\" or none") }
            return try snapshot(at: wanted, orThrow: "The resourceVersion for the provided list is too old.")
        }
        let view = store.view(kind.resource)
        if let wanted, wanted > view.version { throw .tooLarge(version: wanted, current: view.version) }
        return Page(objects: view.sorted(namespace: selection.namespace), version: view.version)
    }

    private func snapshot(at version: Int64, orThrow message: String) throws(APIFailure) -> Page {
        let view = store.view(kind.resource)
        guard version <= view.version else { throw .tooLarge(version: version, current: view.version) }
        guard let objects = view.sorted(namespace: selection.namespace, at: version) else { throw .expired(message) }
        return Page(objects: objects, version: version)
    }
}

/// Where the next page of a list begins, and at which version the list was taken.
struct ContinueToken: Equatable {
    var version: Int64
    var after: ObjectKey

    init(version: Int64, after: ObjectKey) {
        self.version = version
        self.after = after
    }

    init?(_ text: String) {
        guard let bytes = Base64.decodeURLSafe(text), let value = try? Value(json: bytes), let version = value["rv"]?.integer,
            let name = value["name"]?.string, let namespace = value["namespace"]?.string
        else { return nil }
        self.init(version: version, after: ObjectKey(namespace: namespace, name: name))
    }

    var text: String {
        let value: Value = ["rv": .integer(version), "namespace": .string(after.namespace), "name": .string(after.name)]
        return Base64.encodeURLSafe(value.json)
    }
}
