import Documents
import Serving

/// A request about a collection: list, watch, create, delete all.
struct CollectionRequest {
    let server: APIServer
    let kind: KindSchema
    let path: ResourcePath
    let request: ServedRequest

    func respond() throws(APIFailure) -> ServedResponse {
        switch request.method {
        case "GET", "HEAD": try read()
        case "POST": try create()
        case "DELETE": try deleteAll()
        default: throw .methodNotAllowed
        }
    }

    private func read() throws(APIFailure) -> ServedResponse {
        let rendering = try Rendering.chosen(request.headers["Accept"])
        let selection = try RequestOptions.selection(request, kind, namespace: path.namespace)
        if ["true", "1"].contains(request.parameter("watch") ?? "") {
            return try WatchAnswer(server.store, kind, selection, request, rendering, server.pace).respond()
        }
        return try ListAnswer(store: server.store, kind: kind, selection: selection, request: request).respond(rendering)
    }

    private func create() throws(APIFailure) -> ServedResponse {
        guard !kind.isNamespaced || path.namespace != nil else { throw .methodNotAllowed }
        let rendering = try Rendering.chosen(request.headers["Accept"])
        let options = try RequestOptions.write(request)
        let written = try server.store.create(kind, namespace: path.namespace ?? "", try RequestBody.object(request), options)
        return Answers.written(written, kind, rendering, request, status: 201)
    }

    private func deleteAll() throws(APIFailure) -> ServedResponse {
        let options = try RequestOptions.delete(request)
        let selection = try RequestOptions.selection(request, kind, namespace: path.namespace)
        let chosen = server.store.view(kind.resource).sorted(namespace: selection.namespace).filter(selection.contains)
        var deleted: [Value] = []
        for object in chosen {
            // Somebody else may have been faster.
            do throws(APIFailure) { deleted.append(try server.store.delete(kind, object.key, options).object) } catch
                where error.code == 404
            {}
        }
        return Answers.json([
            "kind": .string(kind.listKind), "apiVersion": .string(kind.apiVersion),
            "metadata": ["resourceVersion": .string(String(server.store.currentVersion))], "items": .array(deleted),
        ])
    }
}
