import Documents
import Foundation
import Testing

@testable import DevCluster

/// The Gateway API's definitions as released; they are no part of this project and may be missing.
private enum Released {
    static let directory: URL? = {
        let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        let places = ["../shared/data", "../../shared/data"].map {
            root.appending(path: $0 + "/gateway-api-v1.6.1").standardizedFileURL
        }
        return places.first { FileManager.default.fileExists(atPath: $0.path()) }
    }()

    static func definitions(_ channel: String) throws -> [Value] {
        guard let directory else { return [] }
        let files = try FileManager.default.contentsOfDirectory(
            at: directory.appending(path: channel), includingPropertiesForKeys: nil)
        return try files.sorted { $0.path() < $1.path() }.flatMap { file in
            try YAML.documents([UInt8](Data(contentsOf: file)), file: file.lastPathComponent).map(\.value)
        }.filter { $0["kind"] == "CustomResourceDefinition" }
    }
}

@Suite(.enabled(if: Released.directory != nil, "skipped: shared/data/gateway-api-v1.6.1 is not there"))
struct GatewayAPITests {
    private let routes = ResourceKey("httproutes", group: "gateway.networking.k8s.io")

    @Test(arguments: ["standard", "experimental"])
    func `its definitions install and are served in every version`(_ channel: String) throws {
        let store = try store()
        let definitions = try Released.definitions(channel)
        #expect(definitions.count >= 10)
        for definition in definitions {
            try store.create(.customResourceDefinitions, definition)
            let served = definition[at: "spec", "versions"]?.array?.filter { $0["served"] != false }.map { $0["name"] } ?? []
            #expect(store.kinds.versions(of: ResourceKey(crd: definition)).map { .string($0.version) } == served)
        }
    }

    @Test func `a route is defaulted, checked, and the same in both versions`() throws {
        let store = try store()
        for definition in try Released.definitions("standard") { try store.create(.customResourceDefinitions, definition) }
        func route(_ name: String, _ rule: Value) -> Value {
            ["metadata": ["name": .string(name)], "spec": ["parentRefs": [["name": "g"]], "rules": [rule]]]
        }
        let made = try store.create(routes, namespace: "shop", route("r", ["backendRefs": [["name": "web", "port": 80]]]))
        #expect(made[at: "spec", "parentRefs"] == [["group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"]])
        let rule = made[at: "spec", "rules"]?.array?.first
        #expect(rule?["matches"] == [["path": ["type": "PathPrefix", "value": "/"]]])
        #expect(rule?["backendRefs"]?.array?.first?["weight"] == 1)
        let beta = try #require(store.kinds["gateway.networking.k8s.io", "v1beta1", "httproutes"])
        #expect(beta.served(made)["apiVersion"] == "gateway.networking.k8s.io/v1beta1")
        let refused = #expect(throws: APIFailure.self) {
            try store.create(routes, namespace: "shop", route("bad", ["backendRefs": [["name": "web", "port": 70_000]]]))
        }
        #expect(refused?.causes.first?.field == "spec.rules[0].backendRefs[0].port")
    }
}
