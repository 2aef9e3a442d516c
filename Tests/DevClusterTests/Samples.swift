import Documents
import Foundation
import Serving
import Synchronization
import Testing

@testable import DevCluster

/// A clock that a test moves.
final class TestClock: Sendable {
    private let seconds = Mutex(1_800_000_000.0)
    var now: Date { Date(timeIntervalSince1970: seconds.withLock { $0 }) }
    func advance(_ by: Double) { seconds.withLock { $0 += by } }
}

/// A store with the built-in kinds and a namespace `shop`.
func store(_ clock: TestClock = TestClock(), history: Int = 4_096, gracefully: Bool = false, disk: SimulatedDisk? = nil) throws
    -> ClusterStore
{
    var settings = ClusterStore.Settings()
    settings.clock = { clock.now }
    settings.historyEvents = history
    settings.podsEndGracefully = gracefully
    let store =
        if let disk {
            try ClusterStore(kinds: BuiltInKinds.all, settings: settings, disk: disk) { _ in }
        } else {
            ClusterStore(kinds: BuiltInKinds.all, settings: settings)
        }
    try store.ensure(.namespaces, ["metadata": ["name": "shop"]])
    return store
}

/// For suites that have a `store` of their own.
func newStore(history: Int = 4_096) throws -> ClusterStore { try store(history: history) }

func configMap(_ name: String, _ metadata: Value = [:], data: Value = ["a": "b"]) -> Value {
    var object: Value = ["metadata": metadata, "data": data]
    object.setMetadata("name", .string(name))
    return object
}

/// Widgets: a custom kind with status, scale, a required member, a default and a bound.
let widgets: Value = [
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": ["name": "widgets.example.com"],
    "spec": [
        "group": "example.com", "scope": "Namespaced", "names": ["plural": "widgets", "kind": "Widget", "shortNames": ["wd"]],
        "versions": [
            [
                "name": "v1", "served": true, "storage": true,
                "subresources": [
                    "status": [:], "scale": ["specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"],
                ],
                "schema": [
                    "openAPIV3Schema": [
                        "type": "object",
                        "properties": [
                            "spec": [
                                "type": "object", "required": ["size"],
                                "properties": [
                                    "size": ["type": "integer", "maximum": 10], "replicas": ["type": "integer", "default": 2],
                                ],
                            ],
                            "status": ["type": "object", "x-kubernetes-preserve-unknown-fields": true],
                        ],
                    ]
                ],
            ]
        ],
    ],
]

extension ResourceKey {
    static let widgets = ResourceKey("widgets", group: "example.com")
}

extension StoreWatch {
    struct Expired: Error {}

    func events() throws -> [StoreEvent] {
        guard case .events(let events) = next() else { throw Expired() }
        return events
    }

    var isExpired: Bool { if case .expired = next() { true } else { false } }
}

/// An API server without a socket.
struct Handler {
    let store: ClusterStore
    private let server: APIServer

    init(_ store: ClusterStore) {
        self.store = store
        server = APIServer(store: store, authenticator: Authenticator(token: "secret"))
    }

    struct Answer {
        var status: Int
        var body: Value
        var headers: HeaderFields
        var message: String { body["message"]?.string ?? "" }
        var reason: String { body["reason"]?.string ?? "" }
        var names: [String] { body["items"]?.array?.map(\.name) ?? [] }
    }

    func callAsFunction(
        _ method: String, _ target: String, _ body: Value? = nil, type: String = "application/json",
        accept: String = "application/json", token: String = "secret", held: String? = nil
    ) throws -> Answer {
        try raw(method, target, body?.json ?? [], type: type, accept: accept, token: token, held: held)
    }

    func raw(
        _ method: String, _ target: String, _ body: [UInt8], type: String = "application/json",
        accept: String = "application/json", token: String = "secret", held: String? = nil
    ) throws -> Answer {
        var headers: HeaderFields = ["Authorization": "Bearer \(token)", "Content-Type": type, "Accept": accept]
        if let held { headers["If-None-Match"] = held }
        let response = server.respond(to: ServedRequest(method: method, target: target, headers: headers, body: body))
        guard case .bytes(let bytes) = response.body else {
            Issue.record("\(method) \(target) answered with a stream")
            return Answer(status: response.status, body: .null, headers: response.headers)
        }
        return Answer(status: response.status, body: (try? Value(json: bytes)) ?? .null, headers: response.headers)
    }
}
