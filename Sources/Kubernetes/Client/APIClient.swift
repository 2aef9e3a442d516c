import Base
public import Documents
import Fetch

/// Calls the API server. Errors are `APIError`, which says what to check.
public final class APIClient: Sendable {
    public let access: ClusterAccess
    private let transport: Transport
    private let timeout: Duration
    /// How long after its beginning a call is sent again because the server asks to wait.
    private let patience: Duration

    /// - Parameter timeout: for each call but watches. The server is asked to give up a little earlier.
    public convenience init(_ access: ClusterAccess, timeout: Duration = .seconds(60)) {
        self.init(access, credentials: CredentialSource(access), timeout: timeout)
    }

    /// The same access by connections of its own, and the same credentials: a plugin runs once for both.
    public convenience init(beside other: APIClient, timeout: Duration) {
        self.init(other.access, credentials: other.transport.credentials, timeout: timeout)
    }

    init(_ access: ClusterAccess, credentials: CredentialSource, timeout: Duration, patience: Duration = .seconds(30)) {
        self.access = access
        self.timeout = timeout
        self.patience = min(timeout, patience)
        transport = Transport(access, credentials: credentials)
    }

    // MARK: - Objects

    /// - Parameter isPatient: whether to wait and ask again when the server wants that.
    public func get(
        _ type: ResourceType, namespace: String? = nil, name: String, isPatient: Bool = true
    ) async throws(APIError) -> Object {
        let call = APIError.Call("get", type, namespace: namespace, name: name)
        let path = type.path(namespace: namespace, name: name)
        return try object(await send(call, "GET", path, isPatient: isPatient), type, call)
    }

    public func create(
        _ type: ResourceType, namespace: String? = nil, _ value: Value, isPatient: Bool = true
    ) async throws(APIError) -> Object {
        let call = APIError.Call("create", type, namespace: namespace)
        return try object(
            await send(call, "POST", type.path(namespace: namespace), body: value, isPatient: isPatient), type, call)
    }

    /// Replaces the object; its `metadata.resourceVersion`, when present, must still be the current one.
    public func update(
        _ type: ResourceType, namespace: String? = nil, name: String, subresource: String? = nil, _ value: Value
    ) async throws(APIError) -> Object {
        let call = APIError.Call("update", type, namespace: namespace, name: name, subresource: subresource)
        let path = type.path(namespace: namespace, name: name, subresource: subresource)
        return try object(await send(call, "PUT", path, body: value), type, call)
    }

    public enum PatchType: String, Sendable {
        case merge = "application/merge-patch+json"
        case json = "application/json-patch+json"
        /// For built-in types only.
        case strategic = "application/strategic-merge-patch+json"
    }

    public func patch(
        _ type: ResourceType, namespace: String? = nil, name: String, subresource: String? = nil, _ patchType: PatchType = .merge,
        _ value: Value, isPatient: Bool = true
    ) async throws(APIError) -> Object {
        let call = APIError.Call("patch", type, namespace: namespace, name: name, subresource: subresource)
        let path = type.path(namespace: namespace, name: name, subresource: subresource)
        let answer = try await send(call, "PATCH", path, body: value, contentType: patchType.rawValue, isPatient: isPatient)
        return try object(answer, type, call)
    }

    public func delete(_ type: ResourceType, namespace: String? = nil, name: String) async throws(APIError) {
        let call = APIError.Call("delete", type, namespace: namespace, name: name)
        _ = try await send(call, "DELETE", type.path(namespace: namespace, name: name))
    }

    // MARK: - Discovery

    /// Whether the server serves this type, as its discovery document says.
    public func exists(_ type: ResourceType) async throws(APIError) -> Bool {
        let call = APIError.Call("get", type, namespace: nil)
        do {
            let list = try decode(await send(call, "GET", type.groupPath), call)
            return list["resources"]?.array?.contains { $0["name"]?.string == type.plural } ?? false
        } catch let error where error.code == 404 {
            return false
        }
    }

    // MARK: - Collections

    /// One page of a list. nil asks for everything in one answer. A server that asks to wait is the caller's business: those who list
    /// again and again keep the time themselves.
    public func list(
        _ type: ResourceType, namespace: String? = nil, fieldSelector: String? = nil, labelSelector: String? = nil,
        limit: Int? = nil,
        continueToken: String? = nil, reader: ObjectReader = .whole
    ) async throws(APIError) -> ObjectPage {
        let call = APIError.Call("list", type, namespace: namespace)
        var query = selectors(fieldSelector, labelSelector)
        // Beside `timeout`, which every call carries, lists have this one (ListOptions), in whole seconds.
        query.append(("timeoutSeconds", String(max(serverTimeout.components.seconds, 1))))
        if let limit { query.append(("limit", String(limit))) }
        if let continueToken { query.append(("continue", continueToken)) }
        let path = type.path(namespace: namespace) + PercentEncoding.query(query)
        let answer = try await send(
            call, "GET", path, accept: reader.accept(list: true), maximumBody: 512 << 20, isPatient: false)
        let list: Packed
        do { list = try Packed(json: answer, omitting: reader.omittedOfItems) } catch {
            throw APIError(call, .unreadable(error.description))
        }
        let items = list.part(at: "items")
        guard let documents = items?.elements ?? (items?.value.isNull == true ? [] : nil) else {
            throw APIError(call, .unreadable("a list without items"))
        }
        return ObjectPage(
            objects: concurrentMap(documents, few: 32) { Object($0, type: type, reader: reader) }.compactMap(\.self),
            resourceVersion: list.string(at: "metadata", "resourceVersion") ?? "",
            continueToken: list.string(at: "metadata", "continue"))
    }

    /// Where a watch begins.
    public enum WatchBeginning: Sendable, Equatable {
        /// After a resource version.
        case resume(String)
        /// With all objects there are, up to a bookmark that ends them (KEP-3157).
        case everything

        var query: [(String, String)] {
            switch self {
            case .resume(let version): [("resourceVersion", version)]
            case .everything: [("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")]
            }
        }
    }

    /// Opens a watch.
    public func watch(
        _ type: ResourceType, namespace: String? = nil, fieldSelector: String? = nil, labelSelector: String? = nil,
        _ beginning: WatchBeginning, timeoutSeconds: Int, idle: Duration, reader: ObjectReader = .whole
    ) async throws(APIError) -> WatchStream {
        let call = APIError.Call("watch", type, namespace: namespace)
        let query =
            selectors(fieldSelector, labelSelector) + [("watch", "true"), ("allowWatchBookmarks", "true")] + beginning.query
            + [("timeoutSeconds", String(timeoutSeconds))]
        let path = type.path(namespace: namespace) + PercentEncoding.query(query)
        var request = Request("GET", access.server + path, headers: [Header("Accept", reader.accept(list: false))])
        // Waiting for the first event is silence too: the head comes at once, so the idle limit covers both.
        request.timeouts = Timeouts(total: nil, idle: idle)
        let response = try await transport.stream(request, call)
        guard response.head.status == 200 else {
            throw await failure(response, call)
        }
        return WatchStream(response.body, type: type, call: call, reader: reader)
    }

    private func selectors(_ field: String?, _ label: String?) -> [(String, String)] {
        [("fieldSelector", field), ("labelSelector", label)].compactMap { name, value in value.map { (name, $0) } }
    }
}

/// A part of a list, and where the next begins.
public struct ObjectPage: Sendable {
    public var objects: [Object]
    public var resourceVersion: String
    /// nil or empty on the last page.
    public var continueToken: String?
}

// MARK: - Wire

extension APIClient {
    private func send(
        _ call: APIError.Call, _ method: String, _ path: String, body: Value? = nil, contentType: String = "application/json",
        accept: String = "application/json", maximumBody: Int = 32 << 20, isPatient: Bool = true
    ) async throws(APIError) -> [UInt8] {
        let separator = path.contains("?") ? "&" : "?"
        let url = access.server + path + separator + "timeout=\(serverTimeout.wholeMilliseconds)ms"
        var request = Request(method, url, headers: [Header("Accept", accept)])
        request.maximumBody = maximumBody
        request.acceptsCompression = true
        request.timeouts = Timeouts(total: timeout)
        if let body {
            request.body = body.json
            request.headers.append(Header("Content-Type", contentType))
        }
        var patience = Patience(limit: isPatient ? patience : .zero, seed: .random(in: 0 ... .max))
        let began = MonotonicClock.now
        while true {
            do { return try await once(request, call) } catch {
                let elapsed = MonotonicClock.now.duration(since: began)
                guard let wait = patience.wait(after: error, elapsed: elapsed), (try? await Task.sleep(for: wait)) != nil else {
                    throw error
                }
            }
        }
    }

    private func once(_ request: Request, _ call: APIError.Call) async throws(APIError) -> [UInt8] {
        let response = try await transport.stream(request, call)
        guard (200..<300).contains(response.head.status) else { throw await failure(response, call) }
        do { return try await response.body.collect(upTo: request.maximumBody) } catch { throw APIError(call, .transport(error)) }
    }

    /// What the server is asked to give up after (its filter WithRequestDeadline, in Go's form of durations), so that its answer tells
    /// that it did before our own limit ends the call.
    private var serverTimeout: Duration { timeout - min(timeout / 5, .seconds(5)) }

    private func failure(_ response: StreamedResponse, _ call: APIError.Call) async -> APIError {
        let body = (try? await response.body.collect(upTo: 1 << 20)) ?? []
        return APIError(call, .init(statusOf: body, head: response.head))
    }

    private func decode(
        _ body: [UInt8], _ call: APIError.Call, omitting omissions: JSONOmissions? = nil
    ) throws(APIError) -> Value {
        do { return try Value(json: body, omitting: omissions) } catch { throw APIError(call, .unreadable(error.description)) }
    }

    private func object(_ body: [UInt8], _ type: ResourceType, _ call: APIError.Call) throws(APIError) -> Object {
        guard let object = Object(try decode(body, call, omitting: Object.bookkeeping), type: type) else {
            throw APIError(call, .unreadable("an object without metadata.name"))
        }
        return object
    }
}

extension StreamedResponse.Body {
    /// The whole body, up to a bound.
    func collect(upTo limit: Int) async throws(FetchError) -> [UInt8] {
        var body: [UInt8] = []
        for try await chunk in self {
            guard body.count + chunk.count <= limit else {
                throw FetchError(.bodyTooLarge, origin: "the API server", detail: "the limit is \(limit) bytes")
            }
            body += chunk
        }
        return body
    }
}

extension APIError.Cause {
    /// What a `Status` object says; proxies in between answer with other things, of which the beginning is kept.
    init(statusOf body: [UInt8], head: ResponseHead) {
        let wait = head.header("Retry-After").flatMap { Int($0) }.map { Duration.seconds(max($0, 0)) }
        guard let status = try? Value(json: body), status["kind"]?.string == "Status" else {
            let beginning = String(decoding: body.prefix(200), as: UTF8.self)
            self = .status(code: head.status, reason: "", message: beginning, retryAfter: wait)
            return
        }
        self = .init(status, code: head.status, retryAfter: wait)
    }

    init(_ status: Value, code: Int = 500, retryAfter: Duration? = nil) {
        let details = status[at: "details", "retryAfterSeconds"]?.integer.map { Duration.seconds(max($0, 0)) }
        self = .status(
            code: status["code"]?.integer.map { Int(clamping: $0) } ?? code, reason: status["reason"]?.string ?? "",
            message: status["message"]?.string ?? "", retryAfter: retryAfter ?? details)
    }
}
