import Documents
import Serving

/// Answers Kubernetes' HTTP API from a store.
struct APIServer: RequestHandler {
    let store: ClusterStore
    let authenticator: Authenticator
    var pace = WatchAnswer.Pace()

    func respond(to request: ServedRequest) -> ServedResponse {
        do throws(APIFailure) {
            guard let user = authenticator.user(request) else {
                guard Authenticator.isPublic(request.path) else { throw .unauthorized }
                return try answer(request, User(name: "system:anonymous", groups: ["system:unauthenticated"]))
            }
            return try answer(request, user)
        } catch {
            return Answers.failure(error)
        }
    }

    private func answer(_ request: ServedRequest, _ user: User) throws(APIFailure) -> ServedResponse {
        switch request.path {
        case "/healthz", "/livez", "/readyz": return ServedResponse(contentType: "text/plain; charset=utf-8", text: "ok")
        case "/version", "/version/": return Answers.json(ServerVersion.document)
        case "/", "/api", "/apis", "/api/", "/apis/": return try discovery(request)
        case "/openapi/v2": return try openAPI2(request)
        case let path where path == "/openapi/v3" || path.hasPrefix("/openapi/v3/"): return try openAPI3(path, request)
        default:
            guard let path = ResourcePath(request.path) else { return try group(request.path) }
            return try resource(path, request, user)
        }
    }

    // MARK: - Documents about the server

    private func discovery(_ request: ServedRequest) throws(APIFailure) -> ServedResponse {
        try requireGet(request)
        let discovery = Discovery(kinds: store.kinds)
        if request.path == "/" {
            return Answers.json(["paths": ["/api", "/api/v1", "/apis", "/healthz", "/openapi/v2", "/openapi/v3", "/version"]])
        }
        let isCore = request.path.hasPrefix("/api") && !request.path.hasPrefix("/apis")
        for range in MediaRange.list(request.headers["Accept"]) {
            if let version = range.version(of: "APIGroupDiscoveryList", group: "apidiscovery.k8s.io"),
                ["v2", "v2beta1"].contains(version)
            {
                return TaggedAnswer.respond(
                    discovery.aggregated(core: isCore, version: version).json, to: request,
                    contentType: "application/json;g=apidiscovery.k8s.io;v=\(version);as=APIGroupDiscoveryList")
            }
            if range.isJSON, range.parameters["as"] == nil { break }
        }
        return Answers.json(isCore ? discovery.coreVersions : discovery.groupList)
    }

    /// `/apis/GROUP`
    private func group(_ path: String) throws(APIFailure) -> ServedResponse {
        let parts = path.split(separator: "/")
        guard parts.count == 2, parts[0] == "apis", let group = Discovery(kinds: store.kinds).group(named: String(parts[1]))
        else {
            throw .noSuchResource
        }
        return Answers.json(group)
    }

    private func openAPI2(_ request: ServedRequest) throws(APIFailure) -> ServedResponse {
        try requireGet(request)
        let kinds = store.kinds.all
        for range in MediaRange.list(request.headers["Accept"]) {
            if range.type.hasPrefix("application/com.github.proto-openapi.spec.v2") {
                // Asked for with "@", answered without: it is no character of a media type, and clients parse what they get.
                return TaggedAnswer.respond(
                    OpenAPIV2.protobuf(kinds), to: request, contentType: range.type.replacing("@", with: "."))
            }
            if range.isJSON { break }
        }
        return TaggedAnswer.respond(OpenAPIV2.json(kinds).json, to: request)
    }

    /// A document that is asked for by its hash may be kept for ever; one of another hash is where the index now says.
    private func openAPI3(_ path: String, _ request: ServedRequest) throws(APIFailure) -> ServedResponse {
        try requireGet(request)
        let kinds = store.kinds.all
        guard path != "/openapi/v3" else { return TaggedAnswer.respond(OpenAPIV3.index(kinds).json, to: request) }
        guard let found = ResourcePath(String(path.dropFirst("/openapi/v3".count))), found.plural.isEmpty,
            kinds.contains(where: { $0.group == found.group && $0.version == found.version })
        else { throw .noSuchResource }
        let bytes = OpenAPIV3.document(group: found.group, version: found.version, kinds).json
        guard let wanted = request.parameter("hash"), !wanted.isEmpty else { return TaggedAnswer.respond(bytes, to: request) }
        let hash = TaggedAnswer.tag(of: bytes)
        guard wanted == hash else {
            return ServedResponse(status: 301, headers: ["Location": "\(path)?hash=\(hash)"], body: .bytes([]))
        }
        return TaggedAnswer.respond(bytes, to: request, cacheControl: "public, immutable")
    }

    private func requireGet(_ request: ServedRequest) throws(APIFailure) {
        guard request.method == "GET" || request.method == "HEAD" else { throw .methodNotAllowed }
    }

    // MARK: - Objects

    private func resource(_ path: ResourcePath, _ request: ServedRequest, _ user: User) throws(APIFailure) -> ServedResponse {
        if path.plural.isEmpty {
            try requireGet(request)
            guard let list = Discovery(kinds: store.kinds).resources(group: path.group, version: path.version) else {
                throw .noSuchResource
            }
            return Answers.json(list)
        }
        if let review = Reviews.kind(path) {
            guard request.method == "POST" else { throw .methodNotAllowed }
            let question = try RequestBody.object(request)
            try Reviews.check(question, review)
            return Answers.json(Reviews.answer(question, review, user), status: 201)
        }
        guard let kind = store.kinds[path.group, path.version, path.plural], kind.isNamespaced || path.namespace == nil else {
            throw .noSuchResource
        }
        guard let name = path.name else {
            return try CollectionRequest(server: self, kind: kind, path: path, request: request).respond()
        }
        guard !kind.isNamespaced || path.namespace != nil else { throw .noSuchResource }
        let key = ObjectKey(namespace: path.namespace ?? "", name: name)
        return try ObjectRequest(server: self, kind: kind, key: key, subresource: path.subresource, request: request).respond()
    }
}

/// What `kubectl version` shows. The API is that of Kubernetes 1.32, as far as it goes.
enum ServerVersion {
    static let document: Value = [
        "major": "1", "minor": "32", "gitVersion": "v1.32.0+martlet-dev", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "swift", "compiler": "swiftc", "platform": "linux/amd64",
    ]
}
