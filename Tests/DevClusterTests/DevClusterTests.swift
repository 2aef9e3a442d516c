import Base
import Documents
import Fetch
import Foundation
import Kubernetes
import Testing

@testable import DevCluster

private let configMaps = ResourceType(group: "", version: "v1", plural: "configmaps", kind: "ConfigMap")
private let namespaces = ResourceType(group: "", version: "v1", plural: "namespaces", kind: "Namespace", isNamespaced: false)

@Suite struct DevClusterTests {
    private let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "devcluster-" + Generated.uid()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    private func client(_ cluster: DevCluster) throws -> APIClient {
        let file = directory + "/kubeconfig"
        try cluster.writeKubeconfig(to: file)
        return APIClient(try ClusterAccess.find(kubeconfig: file, environment: [:]))
    }

    @Test func `its kubeconfig is its owner's alone, and opens it`() async throws {
        let cluster = try DevCluster()
        defer { cluster.stop() }
        let file = directory + "/kubeconfig"
        let isOld = FileManager.default.createFile(
            atPath: file, contents: Data("old".utf8), attributes: [.posixPermissions: 0o644])
        #expect(isOld)
        let client = try client(cluster)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let page = try await client.list(namespaces, limit: 2)
        #expect(page.objects.map(\.key.name) == ["default", "kube-node-lease"])
        #expect(page.continueToken != nil)
        let made = try await client.create(configMaps, namespace: "default", ["metadata": ["name": "a"], "data": ["x": "y"]])
        let patched = try await client.patch(configMaps, namespace: "default", name: "a", .merge, ["data": ["x": "z"]])
        #expect(patched.resourceVersion != made.resourceVersion)
        await #expect(throws: APIError.self) { try await client.update(configMaps, namespace: "default", name: "a", made.value) }
    }

    @Test func `another authority's clients and servers are not believed`() async throws {
        let cluster = try DevCluster()
        defer { cluster.stop() }
        let other = try DevCluster()
        defer { other.stop() }
        var access = try client(cluster).access
        access.server = other.url
        let client = APIClient(access)
        let error = await #expect(throws: APIError.self) { try await client.list(namespaces) }
        #expect(error?.isTransport == true)
        access.tls.clientCertificate = nil
        access.tls.clientKey = nil
        access.server = cluster.url
        let stranger = APIClient(access)
        let refused = await #expect(throws: APIError.self) { try await stranger.list(namespaces) }
        #expect(refused?.code == 401)
    }

    @Test func `a list and watch survives a cut connection`() async throws {
        let cluster = try DevCluster()
        defer { cluster.stop() }
        let watch = ListWatch(try client(cluster), configMaps, namespace: "default", seed: 1)
        let (stream, feed) = AsyncStream<ListWatch.Update>.makeStream()
        let task = Task { await watch.run { batch in for update in batch.updates { feed.yield(update) } } }
        defer { task.cancel() }
        var updates = stream.makeAsyncIterator()
        func next() async -> String {
            while let update = await updates.next() {
                switch update {
                case .replaced(let objects): return "replaced \(objects.map(\.key.name))"
                case .put(let object): return "put \(object.key.name)"
                case .removed(let key): return "removed \(key.name)"
                default: continue
                }
            }
            return "ended"
        }
        #expect(await next() == "replaced []")
        try cluster.store.create(.configMaps, namespace: "default", configMap("a"))
        #expect(await next() == "put a")
        cluster.dropConnections()
        try cluster.store.create(.configMaps, namespace: "default", configMap("b"))
        #expect(await next() == "put b")
        try cluster.store.delete(.configMaps, namespace: "default", name: "a")
        #expect(await next() == "removed a")
    }

    @Test func `a client of one run is a client of the next where credentials are kept`() async throws {
        var settings = DevCluster.Settings()
        settings.credentialsDirectory = directory + "/pki"
        let first = try DevCluster(settings: settings)
        var access = try client(first).access
        first.stop()
        let files = try FileManager.default.contentsOfDirectory(atPath: directory + "/pki").sorted()
        #expect(files == ["ca.crt", "ca.key", "client.crt", "client.key", "token"])
        for file in files {
            let mode = try FileManager.default.attributesOfItem(atPath: directory + "/pki/" + file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
        let second = try DevCluster(settings: settings)
        defer { second.stop() }
        access.server = second.url
        #expect(try await APIClient(access).list(namespaces).objects.isEmpty == false)
        // Damaged files are made anew.
        try Data("rubbish".utf8).write(to: URL(filePath: directory + "/pki/ca.key"))
        let third = try DevCluster(settings: settings)
        defer { third.stop() }
        #expect(third.kubeconfig != second.kubeconfig)
        #expect(try await client(third).list(namespaces).objects.isEmpty == false)
    }

    @Test func `a taken port is said`() throws {
        let cluster = try DevCluster()
        defer { cluster.stop() }
        let refused = #expect(throws: DevClusterFailure.self) { try DevCluster(port: cluster.port) }
        #expect(refused?.description.contains("\(cluster.port)") == true)
    }
}
