import Documents
import Serving

/// A request about one object or one of its subresources.
struct ObjectRequest {
    let server: APIServer
    let kind: KindSchema
    let key: ObjectKey
    let subresource: String?
    let request: ServedRequest

    func respond() throws(APIFailure) -> ServedResponse {
        switch subresource {
        case nil: return try object(.object)
        case "status" where kind.hasStatus: return try object(.status)
        case "finalize" where kind.resource == .namespaces: return try object(.object)
        case "scale":
            guard let scale = kind.scale else { throw .noSuchResource }
            return try ScaleRequest(server: server, kind: kind, scale: scale, key: key, request: request).respond()
        default: throw .noSuchResource
        }
    }

    private func object(_ part: Subresource) throws(APIFailure) -> ServedResponse {
        switch request.method {
        case "GET", "HEAD": return try get()
        case "PUT": return try update(part)
        case "PATCH": return try patch(part)
        case "DELETE" where subresource == nil: return try delete()
        default: throw .methodNotAllowed
        }
    }

    private func get() throws(APIFailure) -> ServedResponse {
        let rendering = try Rendering.chosen(request.headers["Accept"])
        // A watch of a single object is an old form of `fieldSelector=metadata.name=…`.
        if ["true", "1"].contains(request.parameter("watch") ?? "") {
            let one = try FieldSelector(parsing: "metadata.name=\(key.name)", for: kind)
            let selection = Selection(namespace: kind.isNamespaced ? key.namespace : nil, fields: one)
            return try WatchAnswer(server.store, kind, selection, request, rendering, server.pace).respond()
        }
        let (resource, key) = (kind.resource, key)
        guard let found = server.store.read({ $0.object(resource, key) }) else { throw .notFound(kind, key.name) }
        return Answers.object(kind.served(found.value), kind, rendering, request)
    }

    private func update(_ part: Subresource) throws(APIFailure) -> ServedResponse {
        let rendering = try Rendering.chosen(request.headers["Accept"])
        let options = try RequestOptions.write(request)
        let body = try RequestBody.object(request)
        let written = try server.store.edit(kind, key, part, options) { _ in body }
        return Answers.written(written, kind, rendering, request, status: 200)
    }

    private func patch(_ part: Subresource) throws(APIFailure) -> ServedResponse {
        let rendering = try Rendering.chosen(request.headers["Accept"])
        let options = try RequestOptions.write(request)
        if let configuration = try AppliedConfiguration(request) {
            let applied = try server.store.apply(kind, key, part, options, configuration)
            return Answers.written(applied.written, kind, rendering, request, status: applied.isNew ? 201 : 200)
        }
        let patch = try ObjectPatch(request, kind, isCustom: server.store.kinds.isCustom(kind.resource))
        let written = try server.store.edit(kind, key, part, options) { old throws(APIFailure) in
            try patch.apply(to: old, name: key.name)
        }
        return Answers.written(written, kind, rendering, request, status: 200)
    }

    private func delete() throws(APIFailure) -> ServedResponse {
        let (object, isGone) = try server.store.delete(kind, key, try RequestOptions.delete(request))
        return Answers.json(isGone ? Answers.deleted(object, kind) : object)
    }
}
