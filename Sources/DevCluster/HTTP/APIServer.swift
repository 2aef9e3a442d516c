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
        case "/openapi/v2": return openAPI2(request)
        case let path where path == "/openapi/v3" || path.hasPrefix("/openapi/v3/"): return try openAPI3(path)
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
                return Answers.json(
                    discovery.aggregated(core: isCore, version: version),
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

    private func openAPI2(_ request: ServedRequest) -> ServedResponse {
        let kinds = store.kinds.all
        for range in MediaRange.list(request.headers["Accept"]) {
            if range.type.hasPrefix("application/com.github.proto-openapi.spec.v2") {
                // Asked for with "@", answered without: it is no character of a media type, and clients parse what they get.
                return ServedResponse(
                    status: 200, headers: ["Content-Type": range.type.replacing("@", with: ".")],
                    body: .bytes(OpenAPIV2.protobuf(kinds)))
            }
            if range.isJSON { break }
        }
        return Answers.json(OpenAPIV2.json(kinds))
    }

    private func openAPI3(_ path: String) throws(APIFailure) -> ServedResponse {
        let kinds = store.kinds.all
        guard path != "/openapi/v3" else { return Answers.json(OpenAPIV3.index(kinds)) }
        guard let found = ResourcePath(String(path.dropFirst("/openapi/v3".count))), found.plural.isEmpty,
            kinds.contains(where: { $0.group == found.group && $0.version == found.version })
        else { throw .noSuchResource }
        return Answers.json(OpenAPIV3.document(group: found.group, version: found.version, kinds))
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
            return Answers.json(Reviews.answer(try RequestBody.object(request), review, user), status: 201)
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
