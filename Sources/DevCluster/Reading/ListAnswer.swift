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
        try ListOptionRules.check(request, isWatch: false)
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
            return try rest(text)
        }
        let wanted = try RequestOptions.version(request)
        if request.parameter("resourceVersionMatch") == "Exact", let wanted {
            return try snapshot(at: wanted, orThrow: .expired("The resourceVersion for the provided list is too old."))
        }
        let view = store.view(kind.resource)
        if let wanted, wanted > view.version { throw .tooLarge(version: wanted, current: view.version) }
        // Whoever wants pages comes again for the rest of this moment.
        guard request.parameter("limit") == nil else {
            return try snapshot(at: view.version, orThrow: .expired("The list has changed too fast."))
        }
        return Page(objects: view.sorted(namespace: selection.namespace), version: view.version)
    }

    /// What follows a token: of the moment at which the list began, or of now when the token says so.
    private func rest(_ text: String) throws(APIFailure) -> Page {
        guard let token = ContinueToken(text) else {
            throw .badRequest("continue key is not valid: it is no token of this server")
        }
        guard try RequestOptions.version(request) == nil else {
            throw .badRequest("specifying resource version is not allowed when using continue")
        }
        let version = token.version == ContinueToken.latest ? store.currentVersion : token.version
        var page = try snapshot(at: version, orThrow: .expiredToken(token))
        page.objects.removeFirst(Self.count(upTo: token.after, in: page.objects))
        return page
    }

    private static func count(upTo key: ObjectKey, in objects: [StoredObject]) -> Int {
        var (low, high) = (0, objects.count)
        while low < high {
            let middle = low + (high - low) / 2
            if objects[middle].key <= key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func snapshot(at version: Int64, orThrow failure: @autoclosure () -> APIFailure) throws(APIFailure) -> Page {
        let view = store.view(kind.resource)
        guard version <= view.version else { throw .tooLarge(version: version, current: view.version) }
        guard view.knows(version) else { throw failure() }
        let objects = store.sortedLists.list(kind.resource, selection.namespace, version) {
            view.sorted(namespace: selection.namespace, at: version)
        }
        guard let objects else { throw failure() }
        return Page(objects: objects, version: version)
    }
}

/// Where the next page of a list begins, and at which version the list was taken.
struct ContinueToken: Equatable {
    /// A version that stands for "whatever is current": the rest of a list that has become inconsistent.
    static let latest: Int64 = -1

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

extension APIFailure {
    /// With a token for the rest as it is now, for clients that prefer an inconsistent list to none.
    fileprivate static func expiredToken(_ token: ContinueToken) -> APIFailure {
        var failure = expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
                + "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the "
                + "provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the "
                + "first chunk was returned and now may show up in the list.")
        failure.continueToken = ContinueToken(version: ContinueToken.latest, after: token.after).text
        return failure
    }
}
