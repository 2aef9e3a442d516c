import Base
import Documents
import Reactor
import Serving
import Testing

@testable import DevCluster

/// A watch over a real connection, read line by line.
final class WatchClient {
    private let socket: BlockingSocket
    private var rest: [UInt8] = []
    private var lines: [[UInt8]] = []

    init(_ server: Server, _ target: String, accept: String = "application/json") throws {
        socket = try BlockingSocket.connect(to: .v4Loopback, port: server.port)
        let request = "GET \(target) HTTP/1.0\r\nHost: x\r\nAccept: \(accept)\r\nAuthorization: Bearer secret\r\n\r\n"
        #expect(socket.send(Array(request.utf8), stallMilliseconds: 10_000))
        // HTTP/1.0 has no chunks: after the head come the lines as they are.
        while headEnd == nil, receive() {}
        let end = try #require(headEnd)
        #expect(rest.starts(with: Array("HTTP/1.1 200".utf8)))
        rest.removeFirst(end)
        isPastHead = true
        split()
    }

    private var isPastHead = false
    private var headEnd: Int? { rest.firstRange(of: Array("\r\n\r\n".utf8)).map(\.upperBound) }

    struct Line {
        var type: String
        var object: Value
        /// `ADDED a`
        var summary: String { "\(type) \(object.name)" }
    }

    /// Nil when the server ended the watch.
    func next() throws -> Line? {
        while lines.isEmpty { guard receive() else { return nil } }
        let value = try Value(json: lines.removeFirst())
        return Line(type: value["type"]?.string ?? "", object: value["object"] ?? .null)
    }

    private func receive() -> Bool {
        guard case .bytes(let bytes) = socket.receive(upTo: 65_536, milliseconds: 10_000) else { return false }
        rest += bytes
        split()
        return true
    }

    private func split() {
        guard isPastHead else { return }
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(Array(rest[..<end]))
            rest.removeFirst(end + 1)
        }
    }
}

@Suite struct WatchTests {
    private let store: ClusterStore
    private let server: Server

    init() throws { (store, server) = try Self.serve(try newStore()) }

    private static func serve(_ store: ClusterStore) throws -> (ClusterStore, Server) {
        var handler = APIServer(store: store, authenticator: Authenticator(token: "secret"))
        handler.pace.bookmarkMilliseconds = 20
        return (store, try Server(.v4Loopback, port: 0, handler: handler))
    }

    @Test func `events arrive as they happen, from the version that was asked for`() throws {
        defer { server.stop() }
        try store.create(.configMaps, namespace: "shop", configMap("before"))
        let version = store.currentVersion
        try store.create(.configMaps, namespace: "shop", configMap("missed"))
        let client = try WatchClient(server, "/api/v1/namespaces/shop/configmaps?watch=true&resourceVersion=\(version)")
        #expect(try client.next()?.summary == "ADDED missed")
        try store.edit(.configMaps, namespace: "shop", name: "before") { $0["data"] = ["x": "y"] }
        let modified = try client.next()
        #expect(modified?.summary == "MODIFIED before")
        #expect(modified?.object["data"] == ["x": "y"])
        try store.delete(.configMaps, namespace: "shop", name: "missed")
        let deleted = try client.next()
        #expect(deleted?.summary == "DELETED missed")
        #expect(deleted?.object.resourceVersion == String(store.currentVersion))
    }

    @Test func `without a version a watch begins with everything`() throws {
        defer { server.stop() }
        for name in ["b", "a"] { try store.create(.configMaps, namespace: "shop", configMap(name)) }
        let client = try WatchClient(server, "/api/v1/configmaps?watch=1")
        #expect(try client.next()?.summary == "ADDED a")
        #expect(try client.next()?.summary == "ADDED b")
        try store.create(.configMaps, namespace: "shop", configMap("c"))
        #expect(try client.next()?.summary == "ADDED c")
    }

    @Test func `a version of another life is gone, one of the future has not come`() throws {
        defer { server.stop() }
        let client = try WatchClient(server, "/api/v1/configmaps?watch=1&resourceVersion=5")
        let line = try client.next()
        #expect(line?.type == "ERROR")
        #expect(line?.object["code"] == 410)
        #expect(line?.object["reason"] == "Expired")
        #expect(try client.next() == nil)
        let call = Handler(store)
        #expect(try call("GET", "/api/v1/configmaps?watch=1&resourceVersion=\(store.currentVersion + 1)").status == 504)
    }

    @Test func `a watcher that reads nothing holds nobody up and is told that it fell behind`() throws {
        let (store, server) = try Self.serve(try newStore(history: 8))
        defer { server.stop() }
        let client = try WatchClient(server, "/api/v1/configmaps?watch=1&resourceVersion=\(store.currentVersion)")
        // Much more than sockets buffer.
        let bulk = String(repeating: "x", count: 128 << 10)
        for number in 0..<64 {
            try store.create(.configMaps, namespace: "shop", configMap("m\(number)", data: ["a": .string(bulk)]))
        }
        var last: WatchClient.Line?
        while let line = try client.next() { last = line }
        #expect(last?.object["code"] == 410)
    }

    @Test func `bookmarks come when asked for and move with the cluster`() throws {
        defer { server.stop() }
        let version = store.currentVersion
        let client = try WatchClient(server, "/api/v1/configmaps?watch=1&allowWatchBookmarks=true&resourceVersion=\(version)")
        try store.create(.secrets, namespace: "shop", ["metadata": ["name": "elsewhere"]])
        var seen = ""
        while seen != String(store.currentVersion) {
            let line = try #require(try client.next())
            #expect(line.type == "BOOKMARK")
            #expect(line.object["kind"] == "ConfigMap")
            seen = line.object.resourceVersion
        }
    }

    @Test func `a watch can begin as a list and says where the list ends`() throws {
        defer { server.stop() }
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        let target =
            "/api/v1/configmaps?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        let client = try WatchClient(server, target)
        #expect(try client.next()?.summary == "ADDED a")
        let mark = try client.next()
        #expect(mark?.type == "BOOKMARK")
        #expect(mark?.object[at: "metadata", "annotations"] == ["k8s.io/initial-events-end": "true"])
        // Whoever asks for metadata only hears of the end as well.
        let bare = try WatchClient(server, target, accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")
        #expect(try bare.next()?.object["kind"] == "PartialObjectMetadata")
        let end = try bare.next()
        #expect(end?.type == "BOOKMARK" && end?.object["kind"] == "PartialObjectMetadata")
        #expect(end?.object[at: "metadata", "annotations"] == ["k8s.io/initial-events-end": "true"])
        #expect(try Handler(store)("GET", "/api/v1/configmaps?watch=1&sendInitialEvents=true").status == 422)
    }

    @Test func `a watch ends when its time is over and when the server stops`() throws {
        let short = try WatchClient(server, "/api/v1/configmaps?watch=1&timeoutSeconds=1")
        #expect(try short.next() == nil)
        let long = try WatchClient(server, "/api/v1/configmaps?watch=1")
        server.stop()
        #expect(try long.next() == nil)
    }

    @Test func `only what is selected is told, and tables are told as rows`() throws {
        defer { server.stop() }
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        let client = try WatchClient(server, "/api/v1/configmaps?watch=1&labelSelector=on", accept: table)
        try store.create(.configMaps, namespace: "shop", configMap("off"))
        try store.create(.configMaps, namespace: "shop", configMap("a", ["labels": ["on": ""]]))
        let added = try #require(try client.next())
        #expect(added.type == "ADDED")
        #expect(added.object["rows"]?.array?.first?["cells"]?.array?.first == "a")
        #expect(added.object["columnDefinitions"]?.array?.isEmpty == false)
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setMetadata("labels", ["off": ""]) }
        let left = try #require(try client.next())
        #expect(left.type == "DELETED")
        #expect(left.object["columnDefinitions"]?.isNull == true)
        let one = try WatchClient(server, "/api/v1/namespaces/shop/configmaps/off?watch=1")
        #expect(try one.next()?.summary == "ADDED off")
    }
}
