import Documents
import Serving

/// The scale subresource: a kind's number of replicas in one shape for all kinds (autoscaling/v1).
struct ScaleRequest {
    let server: APIServer
    let kind: KindSchema
    let scale: KindSchema.Scale
    let key: ObjectKey
    let request: ServedRequest

    func respond() throws(APIFailure) -> ServedResponse {
        switch request.method {
        case "GET", "HEAD":
            guard let found = server.store.object(kind.resource, namespace: key.namespace, name: key.name) else {
                throw .notFound(kind, key.name)
            }
            return Answers.json(view(kind.served(found)))
        case "PUT":
            let body = try RequestBody.object(request)
            return try edit { _ in body }
        case "PATCH":
            if let configuration = try AppliedConfiguration(request) { return try apply(configuration) }
            let patch = try ObjectPatch(request, kind, isCustom: server.store.kinds.isCustom(kind.resource))
            return try edit { old throws(APIFailure) in try patch.apply(to: old, name: key.name) }
        default: throw .methodNotAllowed
        }
    }

    private func edit(_ change: (Value) throws(APIFailure) -> Value) throws(APIFailure) -> ServedResponse {
        let written = try server.store.edit(kind, key, .scale, try RequestOptions.write(request)) { old throws(APIFailure) in
            let wanted = try change(view(old))
            guard let replicas = wanted[at: "spec", "replicas"]?.integer ?? (wanted["spec"]?["replicas"] == nil ? 0 : nil),
                replicas >= 0
            else {
                throw .invalid(
                    kind, key.name,
                    [.invalid("spec.replicas", wanted[at: "spec", "replicas"] ?? .null, "must be greater than or equal to 0")])
            }
            var new = old
            if !wanted.resourceVersion.isEmpty { new.setMetadata("resourceVersion", .string(wanted.resourceVersion)) }
            new.set(members(scale.specReplicasPath), .integer(replicas))
            return new
        }
        return Answers.json(view(written.object))
    }

    /// An applied Scale is an applied object with nothing but its number of replicas.
    private func apply(_ configuration: AppliedConfiguration) throws(APIFailure) -> ServedResponse {
        let wanted = configuration.body
        guard wanted["apiVersion"] == "autoscaling/v1", wanted["kind"] == "Scale" else {
            throw .badRequest("the scale of an object is applied as kind Scale of autoscaling/v1")
        }
        guard wanted.managedFields == nil else { throw .badRequest("metadata.managedFields must be nil") }
        var object = configuration
        object.body = [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "metadata": wanted["metadata"] ?? [:],
        ]
        if let replicas = wanted[at: "spec", "replicas"] { object.body.set(members(scale.specReplicasPath), replicas) }
        let applied = try server.store.apply(kind, key, .scale, try RequestOptions.write(request), object)
        return Answers.json(view(applied.written.object))
    }

    private func view(_ object: Value) -> Value {
        var metadata: Value = [:]
        for member in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            metadata[member] = object[at: "metadata", member]
        }
        var status: Value = ["replicas": object.member(members(scale.statusReplicasPath)) ?? 0]
        if let selector = selector(of: object) { status["selector"] = .string(selector) }
        return [
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata,
            "spec": ["replicas": object.member(members(scale.specReplicasPath)) ?? 0], "status": status,
        ]
    }

    private func selector(of object: Value) -> String? {
        // Built-in kinds have an object there, which the scale shows as text; custom kinds without a path have none.
        switch scale.selectorPath.isEmpty ? nil : object.member(members(scale.selectorPath)) {
        case .string(let text): return text
        case .object(let selector): return KindCells.selector(.object(selector)).string
        default: return nil
        }
    }

    private func members(_ path: String) -> [String] { path.split(separator: ".").map(String.init) }
}

extension Value {
    func member(_ path: [String]) -> Value? {
        var value: Value? = self
        for name in path { value = value?[name] }
        return value
    }

    fileprivate mutating func set(_ path: [String], _ new: Value) {
        guard let first = path.first else { return self = new }
        var inner = self[first] ?? [:]
        inner.set(Array(path.dropFirst()), new)
        self[first] = inner
    }
}
