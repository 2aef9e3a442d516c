import Documents
import Graph
import Resources
import Secure
import Testing
import Translator

/// What the proxy is told of certificates, and when.
struct CertificateUpdateTests {
    private static let web = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web, namespace: shop}
        spec:
          tls: [{hosts: [a.example.com], secretName: a}]
          rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
        ---
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}
        """
    private static let secretA = ObjectReference(kind: "Secret", namespace: "shop", name: "a")

    private final class World {
        var snapshot = Snapshot()
        var translator: Translator
        let now: Int64?
        let first: Translation

        init(_ yaml: String..., transport: Transport = .https, now: Int64? = nil) throws {
            var settings = TranslatorSettings()
            settings.isDefaultClass = true
            settings.listeners = [ListenerKey(address: "::", port: 443, transport: transport)]
            translator = Translator(settings)
            self.now = now
            for text in yaml { for document in try YAML.documents(text) { snapshot.put(document) } }
            first = translator.translate(snapshot, now: now)
        }

        func put(_ yaml: String) throws -> Translator.Change {
            let touched = try YAML.documents(yaml).compactMap { snapshot.put($0) }
            return translator.update(snapshot, changed: Set(touched), now: now)
        }

        func remove(_ object: ObjectReference) -> Translator.Change {
            snapshot.remove(object)
            return translator.update(snapshot, changed: [object], now: now)
        }
    }

    private static func cell(_ names: String) throws -> CellUpdate {
        let identity = try SampleCertificates.identity(names)
        return .certificate(
            secret: "shop/a", CertificateBytes(chain: try identity.certificate.pem(), key: try identity.key.pem()))
    }

    private static func cells(_ change: Translator.Change) -> [CellUpdate]? {
        if case .cells(let cells) = change { cells } else { nil }
    }

    private static func translation(_ change: Translator.Change) -> Translation? {
        if case .translation(let translation) = change { translation } else { nil }
    }

    @Test func `bytes come beside the first graph, and those of a renewed certificate without one`() throws {
        let world = try World(Self.web, SampleCertificates.secret("a", "a.example.com"))
        #expect(world.translator.certificateUpdates == [try Self.cell("a.example.com")])
        #expect(world.translator.certificateExpiries == ["shop/a": SampleCertificates.validUntil])
        let renewed = try world.put(SampleCertificates.secret("a", "a.example.com *.example.com"))
        // Another set of names is another finding, which comes to the same graph and the same diagnostics.
        #expect(Self.cells(renewed) == [try Self.cell("a.example.com *.example.com")])
    }

    @Test func `a certificate that turned bad takes nothing away, and mended it is told only if it is another`() throws {
        let good = try SampleCertificates.secret("a", "a.example.com")
        let world = try World(Self.web, good)
        let bad = Self.translation(try world.put(SampleCertificates.secret("a", "a.example.com", key: "b.example.com")))
        #expect(bad?.diagnostics.map(\.reason) == ["CertificateInvalid"])
        #expect(bad?.graph == world.first.graph)
        #expect(world.translator.certificateUpdates == [])
        #expect(world.translator.certificateExpiries == ["shop/a": SampleCertificates.validUntil])
        #expect(Self.translation(try world.put(good))?.diagnostics == [])
        #expect(world.translator.certificateUpdates == [])
        _ = try world.put(SampleCertificates.secret("a", "a.example.com", key: "b.example.com"))
        _ = try world.put(SampleCertificates.secret("a", "a.example.com c.example.com"))
        #expect(world.translator.certificateUpdates == [try Self.cell("a.example.com c.example.com")])
    }

    @Test func `one of two kinds that turned bad stays beside the other, and one that never was good does not`() throws {
        let both = Self.web.replacing("secretName: a}]", with: "secretName: a}, {hosts: [a.example.com], secretName: b}]")
        func presented(_ translation: Translation?) -> [[String]]? {
            translation?.graph.listeners.first?.certificates.map(\.secrets)
        }
        let world = try World(
            both, SampleCertificates.secret("a", "a.example.com"), SampleCertificates.secret("b", "rsa a.example.com"))
        #expect(presented(world.first) == [["shop/a", "shop/b"]])
        let bad = try SampleCertificates.secret("b", "rsa a.example.com", key: "a.example.com")
        let turned = Self.translation(try world.put(bad))
        #expect(turned?.diagnostics.map(\.reason) == ["CertificateInvalid"])
        #expect(presented(turned) == [["shop/a", "shop/b"]])
        #expect(world.translator.certificateUpdates == [])
        let other = try World(both, SampleCertificates.secret("a", "a.example.com"), bad)
        #expect(presented(other.first) == [["shop/a"]])
    }

    @Test func `the default certificate is told without a route, renewed without a graph, and kept`() throws {
        var snapshot = Snapshot()
        var settings = TranslatorSettings()
        settings.listeners = [ListenerKey(address: "::", port: 443, transport: .https)]
        settings.defaultCertificate = Self.secretA
        var translator = Translator(settings)
        let missing = translator.translate(snapshot)
        #expect(missing.diagnostics.map(\.reason) == ["SecretNotFound"])
        #expect(missing.graph.listeners.first?.certificates == [CertificateBinding(hostname: .any, secrets: ["shop/a"])])
        func put(_ names: String) throws -> Translator.Change {
            let touched = Set(try YAML.documents(SampleCertificates.secret("a", names)).compactMap { snapshot.put($0) })
            return translator.update(snapshot, changed: touched)
        }
        #expect(Self.translation(try put("a.example.com"))?.diagnostics == [])
        #expect(translator.certificateUpdates == [try Self.cell("a.example.com")])
        #expect(translator.secrets == [Self.secretA])
        #expect(translator.certificateExpiries == ["shop/a": SampleCertificates.validUntil])
        #expect(Self.cells(try put("b.example.com")) == [try Self.cell("b.example.com")])
        snapshot.remove(Self.secretA)
        _ = translator.update(snapshot, changed: [Self.secretA])
        #expect(translator.certificateUpdates == [.certificate(secret: "shop/a", nil)])
    }

    @Test func `a Secret that is gone, or that nobody refers to, is told as gone`() throws {
        let secret = try SampleCertificates.secret("a", "a.example.com")
        let world = try World(Self.web, secret)
        let gone = Self.translation(world.remove(Self.secretA))
        #expect(gone?.graph.listeners.first?.certificates == [])
        #expect(world.translator.certificateUpdates == [.certificate(secret: "shop/a", nil)])
        #expect(world.translator.certificateExpiries == [:])
        #expect(world.translator.secrets == [Self.secretA])
        _ = try world.put(secret)
        #expect(world.translator.certificateUpdates == [try Self.cell("a.example.com")])
        #expect(world.translator.users(ofSecret: Self.secretA).map(\.description) == ["Ingress shop/web"])
        _ = world.remove(ObjectReference(group: "networking.k8s.io", kind: "Ingress", namespace: "shop", name: "web"))
        #expect(world.translator.certificateUpdates == [.certificate(secret: "shop/a", nil)])
        guard case .nothing = try world.put(SampleCertificates.secret("a", "b.example.com")) else {
            Issue.record("nobody refers to it")
            return
        }
    }

    @Test func `without a listener that presents them, no certificate is told`() throws {
        let world = try World(Self.web, SampleCertificates.secret("a", "a.example.com"), transport: .http)
        #expect(world.translator.certificateUpdates == [])
        #expect(world.translator.certificateExpiries == [:])
    }

    @Test func `a certificate ends by itself, and one that is out of its time does not replace one that is not`() throws {
        let end = SampleCertificates.validUntil
        let world = try World(Self.web, SampleCertificates.secret("a", "a.example.com"), now: end)
        #expect(world.first.diagnostics == [])
        #expect(world.translator.nextMoment == end + 1)
        let ended = world.translator.update(world.snapshot, changed: [], now: end + 1)
        #expect(Self.translation(ended)?.diagnostics.map(\.reason) == ["CertificateOutOfTime"])
        #expect(world.translator.certificateUpdates == [])
        #expect(world.translator.nextMoment == nil)
        // Of two that have ended the newer one is told.
        let other = Set(
            try YAML.documents(SampleCertificates.secret("a", "a.example.com b.example.com")).compactMap {
                world.snapshot.put($0)
            })
        _ = world.translator.update(world.snapshot, changed: other, now: end + 1)
        #expect(world.translator.certificateUpdates == [try Self.cell("a.example.com b.example.com")])
    }

    @Test func `a certificate that begins later is told when it begins, if there is a better one until then`() throws {
        let early = SampleCertificates.validFrom - 1
        let world = try World(Self.web, SampleCertificates.secret("a", "a.example.com"), now: early)
        // None at all would be worse.
        #expect(world.translator.certificateUpdates == [try Self.cell("a.example.com")])
        #expect(world.translator.nextMoment == early + 1)
        let begun = world.translator.update(world.snapshot, changed: [], now: early + 1)
        #expect(Self.translation(begun)?.diagnostics == [])
        #expect(world.translator.certificateUpdates == [])
    }

    @Test func `values that were dropped are told when they are here`() throws {
        let secret = try SampleCertificates.secret("a", "a.example.com")
        let world = try World("{apiVersion: v1, kind: Service, metadata: {name: x, namespace: shop}}", secret)
        #expect(world.snapshot.keepSecrets([]).isEmpty)
        let unread = Self.translation(try world.put(Self.web))
        #expect(unread?.diagnostics == [])
        #expect(unread?.graph.listeners.first?.certificates.flatMap(\.secrets) == ["shop/a"])
        #expect(world.translator.certificateUpdates == [])
        #expect(world.snapshot.keepSecrets(world.translator.secrets) == [Self.secretA])
        #expect(Self.cells(try world.put(secret)) == [try Self.cell("a.example.com")])
    }

    @Test func `one certificate of many hosts that is renewed is one cell, whoever refers to it`() throws {
        let others = (0..<50).map {
            Self.web.replacing(
                "name: web, namespace: shop}\nspec:\n  tls", with: "name: web-\($0), namespace: shop}\nspec:\n  tls"
            )
            .replacing("a.example.com", with: "h\($0).example.com")
        }
        let world = try World(others.joined(separator: "\n---\n"), SampleCertificates.secret("a", "*.example.com"))
        #expect(world.first.graph.listeners.first?.certificates.count == 50)
        #expect(world.translator.certificateUpdates.count == 1)
        #expect(Self.cells(try world.put(SampleCertificates.secret("a", "*.example.com b.example.com")))?.count == 1)
    }

    // MARK: - TLS to endpoints

    private static let secured = """
        {apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, annotations: {martlet.dev/protocol: https, martlet.dev/tls-ca: ca, martlet.dev/tls-client-certificate: a}}, spec: {ports: [{port: 80}]}}
        """

    private static func authority(_ names: String) throws -> String {
        try SampleCertificates.filled(
            "{apiVersion: v1, kind: Secret, metadata: {name: ca, namespace: shop}, data: {ca.crt: <certificate \(names)>}}")
    }

    private static func trusted(_ names: String) throws -> CellUpdate {
        .authority(secret: "shop/ca", try SampleCertificates.identity(names).certificate.pem())
    }

    @Test func `what TLS to endpoints takes is told, whatever the listeners speak`() throws {
        let world = try World(
            Self.web, Self.secured, Self.authority("one"), SampleCertificates.secret("a", "a.example.com"), transport: .http)
        #expect(world.translator.certificateUpdates == [try Self.cell("a.example.com"), try Self.trusted("one")])
        #expect(Self.cells(try world.put(Self.authority("two"))) == [try Self.trusted("two")])
        // Bad bytes take nothing away, and what comes back is no news.
        let bad = "{apiVersion: v1, kind: Secret, metadata: {name: ca, namespace: shop}, data: {ca.crt: bm90aGluZw==}}"
        #expect(Self.translation(try world.put(bad))?.diagnostics.map(\.reason) == ["CertificateInvalid"])
        #expect(world.translator.certificateUpdates == [])
        #expect(Self.translation(try world.put(Self.authority("two")))?.diagnostics == [])
        #expect(world.translator.certificateUpdates == [])
        let gone = world.remove(ObjectReference(kind: "Secret", namespace: "shop", name: "ca"))
        #expect(Self.translation(gone)?.diagnostics.map(\.reason) == ["SecretNotFound"])
        #expect(world.translator.certificateUpdates == [.authority(secret: "shop/ca", nil)])
    }

    @Test func `a Service that speaks TLS no longer lets its Secrets go`() throws {
        let world = try World(
            Self.web, Self.secured, Self.authority("one"), SampleCertificates.secret("a", "a.example.com"), transport: .http)
        #expect(world.translator.secrets.map(\.name).sorted() == ["a", "ca"])
        _ = try world.put("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {ports: [{port: 80}]}}")
        #expect(
            world.translator.certificateUpdates == [
                .certificate(secret: "shop/a", nil), .authority(secret: "shop/ca", nil),
            ])
        #expect(world.translator.secrets.map(\.name) == ["a"])
    }

    @Test func `values of an authority that were dropped are told when they are here`() throws {
        let world = try World("{apiVersion: v1, kind: Service, metadata: {name: x, namespace: shop}}", Self.authority("one"))
        #expect(world.snapshot.keepSecrets([]).isEmpty)
        let plain = Self.web.replacing("  tls: [{hosts: [a.example.com], secretName: a}]\n", with: "")
        let service = Self.secured.replacing(", martlet.dev/tls-client-certificate: a", with: "")
        _ = try world.put(plain)
        #expect(Self.translation(try world.put(service))?.diagnostics == [])
        #expect(world.translator.certificateUpdates == [])
        #expect(world.snapshot.keepSecrets(world.translator.secrets).map(\.name) == ["ca"])
        #expect(Self.cells(try world.put(Self.authority("one"))) == [try Self.trusted("one")])
    }
}
