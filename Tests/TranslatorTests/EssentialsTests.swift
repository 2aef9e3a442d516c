import Documents
import Graph
import TestKit
import Testing
import Translator

/// A snapshot of essentials says what one of whole documents says: read from all translator cases.
@Suite struct EssentialsTests {
    @Test(arguments: CaseFile.all(in: "Cases"))
    func `what is left out changes no translation`(file: CaseFile) throws {
        var whole = Snapshot()
        var essential = Snapshot()
        for section in file.sections where section.name.hasSuffix(".yaml") {
            for document in try YAML.documents(section.body) {
                whole.put(document)
                if let value = Snapshot.essentials(document.value) { essential.put(Located(value: value)) }
            }
        }
        var settings = TranslatorSettings()
        settings.listeners = [ListenerKey(address: "0.0.0.0", port: 80, transport: .http)]
        settings.isDefaultClass = true
        settings.allowsLoopback = true
        settings.allowsExternalNames = true
        var (one, other) = (Translator(settings), Translator(settings))
        let (expected, found) = (one.translate(whole), other.translate(essential))
        #expect(found.graph == expected.graph)
        #expect(found.diagnostics.map(\.message) == expected.diagnostics.map(\.message))
        #expect(!expected.graph.clusters.isEmpty || !expected.graph.listeners.isEmpty)
    }
}
