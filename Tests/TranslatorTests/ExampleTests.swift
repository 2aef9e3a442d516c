import Documents
import Foundation
import Graph
import Resources
import TestKit
import Testing
import Translator

/// The examples are read by people who copy them: nothing in them may be wrong, or without effect.
struct ExampleTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "examples")

    private static let files: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    private static func documents(_ name: String) throws -> [Located] {
        try YAML.documents(Data(contentsOf: folder.appending(path: name)), file: name)
    }

    @Test(arguments: files.filter { $0 != "services.yaml" })
    func `an example says nothing wrong and serves something`(_ name: String) throws {
        var snapshot = Snapshot()
        for document in try Self.documents("services.yaml") + Self.documents(name) {
            #expect(Snapshot.kind(of: document.value) != nil, "\(name):\(document.line): nobody reads this kind")
            snapshot.put(document)
        }
        var settings = TranslatorSettings()
        settings.listeners = [
            ListenerKey(address: "0.0.0.0", port: 80, transport: .http),
            ListenerKey(address: "0.0.0.0", port: 443, transport: .https),
            ListenerKey(address: "0.0.0.0", port: 5432, transport: .tcp),
            ListenerKey(address: "0.0.0.0", port: 53, transport: .udp),
        ]
        settings.isDefaultClass = true
        settings.knowsEndpoints = false
        var translator = Translator(settings)
        _ = translator.translate(snapshot)
        // A key belongs into no example: the Secrets come from elsewhere.
        let secrets = translator.secrets
        for secret in secrets {
            let text = try SampleCertificates.secret(
                secret.name, "secured.example.com *.secured.example.com", namespace: secret.namespace)
            for document in try YAML.documents(text) { snapshot.put(document) }
        }
        let translation = translator.translate(snapshot)
        #expect(
            Set(translation.graph.listeners.flatMap(\.certificates).flatMap(\.secrets))
                == Set(secrets.map { "\($0.namespace)/\($0.name)" }))
        #expect(translation.diagnostics.map(describe) == [])
        #expect(translation.graph.listeners.flatMap(\.hosts).flatMap(\.entries).isEmpty == false)
    }

    @Test func `there are examples`() { #expect(Self.files.count > 5) }
}
