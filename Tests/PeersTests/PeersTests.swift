import Base
import DevCluster
import Documents
import Fetch
import Foundation
import Kubernetes
import Reactor
import Resources
import Secure
import Serving
import Synchronization
import Telemetry
import TestKit
import Testing

@testable import Peers

/// Two replicas on real sockets, with an API server between them.
@Suite(.timeLimit(.minutes(2)))
struct PeersTests {
    /// A replica and what it learned of the others, as it came.
    private final class Replica: Sendable {
        let peers: Peers
        let figures: AsyncStream<PeersFigures>
        let lines = Mutex<[String]>([])
        let tickets: TLSTickets

        init(_ name: String, _ client: APIClient) throws {
            var settings = PeersSettings(
                address: SocketAddress(.v4Loopback, 0), service: ObjectKey(namespace: "default", name: "martlet-peers"),
                secret: ObjectKey(namespace: "default", name: "martlet-peers"))
            settings.identity = name
            settings.version = "1.0"
            settings.workers = 2
            tickets = try TLSTickets()
            let door = ClusterDoor(
                client: { client }, replacement: { _ in for await _ in AsyncStream<Void>.makeStream().stream {} })
            let log = Mutex<(@Sendable (LogEvent) -> Void)?>(nil)
            peers = try Peers(settings, door, tickets: tickets, counts: { ["of": .string("\($0) by \(name)")] }) { event in
                log.withLock { $0 }?(event)
            }
            let sink: AsyncStream<PeersFigures>.Continuation
            (figures, sink) = AsyncStream.makeStream()
            log.withLock { handler in
                handler = { [weak self] event in self?.lines.withLock { $0.append("\(event)") } }
            }
            peers.start { sink.yield($0) }
            peers.setReady(true)
        }

        /// Waits until what is known of the others is like this.
        func wait(until isReached: (PeersFigures) -> Bool) async -> PeersFigures? {
            for await figures in figures where isReached(figures) { return figures }
            return nil
        }
    }

    private let cluster: DevCluster
    private let client: APIClient
    private let directory: String

    init() throws {
        cluster = try DevCluster()
        directory = NSTemporaryDirectory() + "peers-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try cluster.writeKubeconfig(to: directory + "/kubeconfig")
        client = APIClient(try ClusterAccess.find(kubeconfig: directory + "/kubeconfig", environment: [:]))
    }

    /// Two replicas that can find each other: a slice for each, since each has a port of its own.
    private func two() async throws -> (Replica, Replica) {
        let (a, b) = (try Replica("a", client), try Replica("b", client))
        for (name, replica) in [("replica-a", a), ("replica-b", b)] {
            _ = try await client.create(
                EndpointSlice.kind.listed, namespace: "default",
                [
                    "metadata": ["name": .string(name), "labels": ["kubernetes.io/service-name": "martlet-peers"]],
                    "addressType": "IPv4", "ports": [["name": "peers", "port": .integer(Int64(replica.peers.address.port))]],
                    "endpoints": [
                        [
                            "addresses": ["127.0.0.1"], "conditions": ["ready": true],
                            "targetRef": ["kind": "Pod", "name": .string(name), "namespace": "default", "uid": "u"],
                        ]
                    ],
                ])
        }
        return (a, b)
    }

    private func stop(_ replicas: Replica...) {
        for replica in replicas { replica.peers.stop() }
        cluster.stop()
    }

    private func secret() async throws -> [String: String] {
        let data = try await client.get(Secret.kind.listed, namespace: "default", name: "martlet-peers").value["data"]
        return (data?.object?.entries ?? []).reduce(into: [:]) { $0[$1.0] = $1.1.string }
    }

    @Test func `the leader makes the identity, hears the others, follows what they serve, and survives another identity`()
        async throws
    {
        let (a, b) = try await two()
        defer { stop(a, b) }
        b.peers.serve(FeedMarks(["routes.martlet.dev": "5"]))
        a.peers.lead(true)
        let heard = await a.wait { $0.peers.first?.report?.marks["routes.martlet.dev"] == "5" && $0.peers.count == 1 }
        #expect(heard?.peers.first?.place.name == "replica-b")
        #expect(heard?.peers.first?.state == .serving)
        #expect(heard?.peers.first?.report?.workers == 2)
        b.peers.serve(FeedMarks(["routes.martlet.dev": "6"]))
        #expect(await a.wait { $0.peers.first?.report?.marks["routes.martlet.dev"] == "6" } != nil)

        // Deleted under them: the leader makes another one, and they speak with it.
        let before = try await secret()
        try await client.delete(Secret.kind.listed, namespace: "default", name: "martlet-peers")
        var after = before
        while after == before { after = (try? await secret()) ?? before }
        let pem = try PeerIdentity.bytes(after, PeerIdentity.Key.authorities)
        b.peers.serve(FeedMarks(["routes.martlet.dev": "7"]))
        #expect(await a.wait { $0.peers.first?.report?.marks["routes.martlet.dev"] == "7" } != nil)
        #expect(try Certificate.chain(pem: pem).count == 1)

        b.peers.setReady(false)
        #expect(await a.wait { $0.peers.first?.state == .leaving } != nil)
        // No key has left the Secret.
        let keys = [before, after].flatMap { $0.values }
        for line in a.lines.withLock({ $0 }) + b.lines.withLock({ $0 }) {
            #expect(!keys.contains { line.contains($0.prefix(64)) } && !line.contains("PRIVATE KEY"))
        }
    }

    @Test func `the leader is told what the others counted, and nobody else is`() async throws {
        let (a, b) = try await two()
        defer { stop(a, b) }
        a.peers.lead(true)
        #expect(await a.wait { $0.peers.first?.report != nil } != nil)
        let counts = await a.peers.counts(of: "Route/shop/shop/all")
        #expect(counts.map(\.value) == [["of": "Route/shop/shop/all by b"]])
        // One that is started again is another one: its counters begin anew.
        #expect(counts.keys.first?.hasPrefix("b/") == true && counts.keys.first != "b/")
        #expect(await b.peers.counts(of: "Route/shop/shop/all").isEmpty)
    }

    @Test func `all seal tickets with the same keys, whoever leads and whoever changed them`() async throws {
        let (a, b) = try await two()
        defer { stop(a, b) }
        #expect(a.tickets.keys.mark != b.tickets.keys.mark)
        a.peers.lead(true)
        #expect(await a.wait { $0.peers.first?.report?.tickets == a.tickets.keys.mark } != nil)
        #expect(a.tickets.keys.bytes == b.tickets.keys.bytes)
        // The leader changes them; then the other one, after it was alone for long.
        a.tickets.rotate()
        b.peers.serve(FeedMarks(["routes.martlet.dev": "1"]))
        #expect(await a.wait { $0.peers.first?.report?.tickets == a.tickets.keys.mark } != nil)
        b.tickets.rotate()
        let newest = b.tickets.keys.mark
        #expect(newest.number == 3)
        b.peers.serve(FeedMarks(["routes.martlet.dev": "2"]))
        #expect(await a.wait { $0.peers.first?.report?.tickets == newest } != nil)
        // The next question is asked when that has been dealt with.
        b.peers.serve(FeedMarks(["routes.martlet.dev": "3"]))
        #expect(await a.wait { $0.peers.first?.report?.marks["routes.martlet.dev"] == "3" } != nil)
        #expect(a.tickets.keys.bytes == b.tickets.keys.bytes)
        // One that comes fresh and leads learns what the others have.
        a.peers.lead(false)
        #expect(await a.wait { !$0.isLeading } != nil)
        b.peers.lead(true)
        #expect(await b.wait { $0.peers.contains { $0.report?.tickets == newest } } != nil)
        #expect(a.tickets.keys.bytes == b.tickets.keys.bytes)
        let key = a.tickets.keys.bytes
        let secrets = [Base64.encode(key), key.map { String($0, radix: 16) }.joined(), "\(key)"]
        for line in a.lines.withLock({ $0 }) + b.lines.withLock({ $0 }) {
            #expect(!secrets.contains { line.contains($0.prefix(40)) })
        }
    }

    @Test func `who leads again asks again`() async throws {
        let (a, b) = try await two()
        defer { stop(a, b) }
        for round in 1...3 {
            a.peers.lead(true)
            b.peers.serve(FeedMarks(["routes.martlet.dev": "\(round)"]))
            #expect(await a.wait { $0.peers.first?.report?.marks["routes.martlet.dev"] == "\(round)" } != nil)
            a.peers.lead(false)
            #expect(await a.wait { !$0.isLeading } != nil)
        }
        // The identity is kept by whoever leads.
        b.peers.lead(true)
        try await client.delete(Secret.kind.listed, namespace: "default", name: "martlet-peers")
        a.peers.serve(FeedMarks(["routes.martlet.dev": "4"]))
        while (try? await secret())?.count != 4 {}
        #expect(await b.wait { $0.peers.contains { $0.report?.marks["routes.martlet.dev"] == "4" } } != nil)
    }

    @Test func `nobody without the replicas' identity gets an answer, and garbage does no harm`() async throws {
        let (a, b) = try await two()
        defer { stop(a, b) }
        let url = "https://127.0.0.1:\(b.peers.address.port)/v1/state"
        // Before there is an identity it greets nobody.
        await #expect(throws: FetchError.self) {
            try await Client(.init(tls: TLSOptions(insecure: true))).send(Request("GET", url))
        }
        a.peers.lead(true)
        #expect(await a.wait { $0.peers.contains { $0.report != nil } } != nil)
        let data = try await secret()
        let authorities = PEM.bytes(try PeerIdentity.bytes(data, PeerIdentity.Key.authorities))
        let foreign = try PKI()
        let tries = [
            TLSOptions(authorities: authorities, serverName: "martlet-peers"),
            TLSOptions(insecure: true),
            TLSOptions(
                authorities: authorities, clientCertificate: .bytes(try foreign.bytes("client.crt")),
                clientKey: .bytes(try foreign.bytes("client.key")), serverName: "martlet-peers"),
        ]
        for tls in tries {
            await #expect(throws: FetchError.self) { try await Client(.init(tls: tls)).send(Request("GET", url)) }
        }
        // The identity itself is believed, for this name and no other.
        var own = TLSOptions(
            authorities: authorities, clientCertificate: .bytes(try PeerIdentity.bytes(data, PeerIdentity.Key.certificate)),
            clientKey: .bytes(try PeerIdentity.bytes(data, PeerIdentity.Key.privateKey)), serverName: "martlet-peers")
        let answer = try await Client(.init(tls: own)).send(Request("GET", url))
        #expect(ReplicaReport(json: answer.body)?.identity == "b")
        #expect(try await Client(.init(tls: own)).send(Request("GET", url + "s")).status == 404)
        #expect(try await Client(.init(tls: own)).send(Request("POST", url)).status == 405)
        own.serverName = nil
        await #expect(throws: FetchError.self) { try await Client(.init(tls: own)).send(Request("GET", url)) }
        let socket = try BlockingSocket.connect(to: .v4Loopback, port: b.peers.address.port)
        _ = socket.send(Array("GET /v1/state HTTP/1.1\r\n\r\n".utf8) + [0, 255, 22, 3], stallMilliseconds: 1_000)
        while case .bytes = socket.receive(upTo: 4_096, milliseconds: 10_000) {}
        #expect(try await Client(.init(tls: TLSOptions(insecure: true))).send(Request("GET", cluster.url + "/livez")).status > 0)
        b.peers.serve(FeedMarks(["routes.martlet.dev": "8"]))
        #expect(await a.wait { $0.peers.contains { $0.report?.marks["routes.martlet.dev"] == "8" } } != nil)
    }

    @Test func `an identity that somebody damaged is repaired by the leader, and a foreign one is left alone`() async throws {
        let a = try Replica("a", client)
        defer { stop(a) }
        let garbage: Value = ["tls.crt": .string(Base64.encode(Array("garbage".utf8)))]
        _ = try await client.create(
            Secret.kind.listed, namespace: "default",
            ["metadata": ["name": "martlet-peers"], "type": .string(Secret.peersType), "data": garbage])
        a.peers.lead(true)
        let events = ResourceType(group: "", version: "v1", plural: "events", kind: "Event")
        var told: [Object] = []
        while told.isEmpty {
            told = try await client.list(events, namespace: "default").objects.filter {
                $0.value["reason"]?.string == "PeerIdentityUnusable"
            }
        }
        #expect(told.first?.value["message"]?.string?.contains("remove all data") == true)
        #expect(try await secret() == ["tls.crt": Base64.encode(Array("garbage".utf8))])
        // The remedy.
        _ = try await client.patch(Secret.kind.listed, namespace: "default", name: "martlet-peers", .merge, ["data": .null])
        var data: [String: String] = [:]
        while data.count < 4 { data = try await secret() }
        #expect(try PeerIdentity(data).authorities.count == 1)
        // Now it is ours.
        _ = try await client.patch(Secret.kind.listed, namespace: "default", name: "martlet-peers", .merge, ["data": garbage])
        while (try? PeerIdentity(data))?.leaf.certificate.validUntil == nil || data["tls.crt"] == garbage["tls.crt"]?.string {
            data = try await secret()
        }
        #expect(try PeerIdentity(data).problem(at: Int64(Date().timeIntervalSince1970)) == nil)
    }
}
