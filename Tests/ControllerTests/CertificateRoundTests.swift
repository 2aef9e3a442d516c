import Documents
import Foundation
import Graph
import Kubernetes
import Resources
import Secure
import Synchronization
import Telemetry
import Testing
import Translator

@testable import Controller

/// In which order certificates and graphs reach the proxy, with a source and a proxy that the test plays.
@Suite(.timeLimit(.minutes(5)))
struct CertificateRoundTests {
    private static let day: Int64 = 86_400
    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    private final class PlayedSource: ObjectSource {
        private let deliveries: AsyncStream<SourceBatch>
        private let sink: AsyncStream<SourceBatch>.Continuation
        private let unreachable: Bool

        init(unreachable: Bool) {
            self.unreachable = unreachable
            (deliveries, sink) = AsyncStream.makeStream()
        }

        var feeds: [FeedFigures] { [] }
        var isUnreachable: Bool { unreachable }

        func run(_ deliver: @escaping @Sendable (SourceBatch) -> Void) async {
            for await batch in deliveries { deliver(batch) }
        }

        func deliver(_ objects: [Value], isComplete: Bool = true) {
            let changes = objects.compactMap { object in
                Snapshot.kind(of: object).map { SourceChange.put($0, Arrival(Located(value: object))) }
            }
            sink.yield(SourceBatch(changes, isComplete: isComplete))
        }

        func remove(_ kind: ResourceKind, _ reference: ObjectReference) {
            sink.yield(SourceBatch([.removed(kind, reference)], isComplete: true))
        }
    }

    /// A gateway whose proxy tells what it hears, and refuses certificates if it shall.
    private final class Play: Sendable {
        let news: AsyncStream<String>
        let source: PlayedSource
        let lines: Lines
        let controller: Controller

        init(kept: [Value]? = nil, refusing complaint: Complaint? = nil) {
            let (news, sink) = AsyncStream<String>.makeStream()
            self.news = news
            let outlet = Outlet(
                publish: { graph in
                    let bindings = graph.listeners.flatMap(\.certificates).map {
                        "\($0.hostname.text)=\($0.secrets.joined(separator: "+"))"
                    }
                    sink.yield("graph \(bindings)")
                    return Outlet.Receipt(generation: 1)
                },
                update: { update in
                    guard case .certificate(let secret, let bytes) = update else { return [] }
                    sink.yield("\(secret) \(bytes.map { "has \(Play.names($0))" } ?? "is gone")")
                    return complaint.map { [$0] } ?? []
                })
            let memory = kept.map { objects in
                Memory(
                    remember: { _, _, _ in },
                    recall: { Memory.Recollection(objects: objects.map { Packed($0) }, written: 17) },
                    answering: { _, _ in [:] }, patience: .seconds(3600))
            }
            source = PlayedSource(unreachable: kept != nil)
            var settings = ControllerSettings()
            settings.translator.listeners = [ListenerKey(address: "0.0.0.0", port: 8443, transport: .https)]
            settings.translator.isDefaultClass = true
            let lines = Lines()
            self.lines = lines
            controller = Controller(
                settings, source: source, cluster: nil, outlet: outlet, memory: memory, log: { lines.add($0.text) })
        }

        private static func names(_ bytes: CertificateBytes) -> [String] {
            let leaf = try? Certificate.chain(pem: bytes.chain).first
            return leaf?.subjectAlternativeNames.compactMap { if case .dns(let name) = $0 { name } else { nil } } ?? []
        }
    }

    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: String) { all.withLock { $0.append(line) } }
        func contain(_ text: String) -> Bool { all.withLock { $0.contains { $0.contains(text) } } }
    }

    private static let objects: [Value] = {
        let backend: Value = ["service": ["name": "web", "port": ["number": 80]]]
        let path: Value = ["path": "/", "pathType": "Prefix", "backend": backend]
        let metadata: Value = ["namespace": "a", "name": "web"]
        return [
            ["apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": ["ports": [["port": 80]]]],
            [
                "apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata,
                "spec": [
                    "tls": [["hosts": ["web.example.com"], "secretName": "tls"]],
                    "rules": [["host": "web.example.com", "http": ["paths": [path]]]],
                ],
            ],
        ]
    }()

    private static let reference = ObjectReference(kind: "Secret", namespace: "a", name: "tls")

    private static func secret(_ names: String..., until end: Int64 = now + day) throws -> Value {
        let authority = try CertificateAuthority.selfSigned(
            CertificateTemplate(.authority, commonName: "test", validFrom: now - day, validUntil: now + day))
        var template = CertificateTemplate(.server, commonName: "test", validFrom: now - day, validUntil: end)
        template.alternativeNames = names.map { .dns($0) }
        let identity = try authority.issue(template)
        return [
            "apiVersion": "v1", "kind": "Secret", "metadata": ["namespace": "a", "name": "tls"], "type": "kubernetes.io/tls",
            "data": [
                "tls.crt": .string(Base64.encode(try identity.certificate.pem())),
                "tls.key": .string(Base64.encode(try identity.key.pem())),
            ],
        ]
    }

    @Test func `bytes come before the graph that names them, a renewal comes alone, and they go after the last graph`()
        async throws
    {
        let play = Play()
        play.controller.start()
        defer { play.controller.stop() }
        var news = play.news.makeAsyncIterator()
        let end = Self.now + Self.day
        play.source.deliver(Self.objects + [try Self.secret("web.example.com", until: end)])
        #expect(await news.next() == #"a/tls has ["web.example.com"]"#)
        #expect(await news.next() == #"graph ["web.example.com=a/tls"]"#)
        play.source.deliver([try Self.secret("web.example.com", "www.example.com")])
        #expect(await news.next() == #"a/tls has ["web.example.com", "www.example.com"]"#)
        play.source.remove(Secret.kind, Self.reference)
        #expect(await news.next() == "graph []")
        #expect(await news.next() == "a/tls is gone")
        // With the next round under way, the figures of the one before are complete.
        play.source.deliver([try Self.secret("web.example.com", until: end)])
        #expect(await news.next() == #"a/tls has ["web.example.com"]"#)
        #expect(play.controller.figures.cellUpdates == 1)
        #expect(play.controller.figures.translations >= 2)
    }

    @Test func `the end of a served certificate is a metric, with the name of its Secret`() {
        var figures = ControllerFigures()
        figures.certificateExpiries = ["b/tls": 1_798_761_600, "a/tls": 1_767_225_600]
        var page = Exposition()
        figures.write(to: &page)
        let lines = page.text.split(separator: "\n").filter { $0.hasPrefix("martlet_certificate_expiry") }
        #expect(
            lines == [
                #"martlet_certificate_expiry_timestamp_seconds{secret="a/tls"} 1767225600"#,
                #"martlet_certificate_expiry_timestamp_seconds{secret="b/tls"} 1798761600"#,
            ])
    }

    @Test func `a certificate that ends is told by the clock alone`() async throws {
        let play = Play()
        play.controller.start()
        defer { play.controller.stop() }
        var news = play.news.makeAsyncIterator()
        play.source.deliver(Self.objects + [try Self.secret("web.example.com", until: Self.now + 1)])
        #expect(await news.next() == #"a/tls has ["web.example.com"]"#)
        #expect(await news.next() == #"graph ["web.example.com=a/tls"]"#)
        // Nobody delivers anything: the diagnostic makes a translation of the same graph.
        #expect(await news.next() == #"graph ["web.example.com=a/tls"]"#)
        // With the next round under way, the figures of the one before are complete.
        play.source.deliver([try Self.secret("web.example.com", "www.example.com")])
        #expect(await news.next() == #"a/tls has ["web.example.com", "www.example.com"]"#)
        #expect(play.lines.contain("reason=CertificateOutOfTime"))
    }

    @Test func `what the proxy refuses of a certificate is in the log`() async throws {
        let complaint = Complaint(.secret("a/tls"), reason: "CertificateRefused", message: "The key is too small.")
        let play = Play(refusing: complaint)
        play.controller.start()
        defer { play.controller.stop() }
        var news = play.news.makeAsyncIterator()
        play.source.deliver(Self.objects + [try Self.secret("web.example.com")])
        _ = await news.next()
        _ = await news.next()
        play.source.deliver([try Self.secret("web.example.com")])
        _ = await news.next()
        #expect(play.lines.contain("The key is too small."))
    }

    @Test func `a start from the last good state tells its certificates too`() async throws {
        let play = Play(kept: Self.objects + [try Self.secret("web.example.com")])
        play.controller.start()
        defer { play.controller.stop() }
        var news = play.news.makeAsyncIterator()
        play.source.deliver([], isComplete: false)
        #expect(await news.next() == #"a/tls has ["web.example.com"]"#)
        #expect(await news.next() == #"graph ["web.example.com=a/tls"]"#)
    }
}
