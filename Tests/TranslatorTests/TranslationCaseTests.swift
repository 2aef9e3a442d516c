import Documents
import Graph
import Resources
import TestKit
import Testing
import Translator

/// What cluster objects mean, one behaviour a file: graph, statuses and diagnostics of `resources.yaml`.
struct TranslationCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases"))
    func `objects mean what the case says`(_ scenario: CaseFile) throws {
        scenario.requireOnly(
            options: Set(CaseSettings.options), sections: ["resources.yaml", "graph", "statuses", "diagnostics"])
        let text = try SampleCertificates.filled(scenario.section("resources.yaml") ?? "")
        let now = try scenario.options["now"].map { try SampleCertificates.seconds($0) }
        let documents = try YAML.documents(text, file: "resources.yaml")
        var snapshot = Snapshot()
        for document in documents { snapshot.put(document) }
        var translator = Translator(CaseSettings.settings(of: scenario))
        let translation = translator.translate(snapshot, now: now)
        try scenario.expect([
            ("graph", GraphText.print(translation.graph)),
            ("statuses", translation.statuses.map(describe).joined(separator: "\n")),
            ("diagnostics", translation.diagnostics.map(describe).joined(separator: "\n")),
        ])
        // The text form says the whole graph, so that a case hides nothing.
        #expect(try GraphText.parse(GraphText.print(translation.graph)) == translation.graph)
    }
}

/// Options of a case file: what the install says.
enum CaseSettings {
    static let options = [
        "class", "controller", "default-class", "external-names", "loopback", "shared-hosts", "exposes-everywhere", "listeners",
        "now", "default-certificate", "allow-canaries", "zone", "node",
    ]

    static func settings(of scenario: CaseFile) -> TranslatorSettings {
        var settings = TranslatorSettings()
        let options = scenario.options
        if let name = options["class"] { settings.ingressClass = name }
        if let name = options["controller"] { settings.controllerName = name }
        settings.isDefaultClass = options["default-class"] != "no"
        settings.allowsExternalNames = options["external-names"] == "yes"
        settings.allowsLoopback = options["loopback"] == "yes"
        settings.sharesHosts = options["shared-hosts"] == "yes"
        settings.allowsCanaries = options["allow-canaries"] == "yes"
        settings.exposesEverywhere = options["exposes-everywhere"] != "no"
        settings.listeners = [ListenerKey(address: "0.0.0.0", port: 80, transport: .http)]
        if options["listeners"] == "both" || options["listeners"] == "all" {
            settings.listeners.append(ListenerKey(address: "0.0.0.0", port: 443, transport: .https))
        }
        if options["listeners"] == "all" {
            settings.listeners.append(ListenerKey(address: "0.0.0.0", port: 5432, transport: .tcp))
            settings.listeners.append(ListenerKey(address: "0.0.0.0", port: 9000, transport: .tcp))
            settings.listeners.append(ListenerKey(address: "0.0.0.0", port: 53, transport: .udp))
        }
        settings.takesAnyPort = options["listeners"] == "any"
        settings.zone = options["zone"]
        settings.node = options["node"]
        if let words = options["default-certificate"]?.split(separator: "/"), words.count == 2 {
            settings.defaultCertificate = ObjectReference(kind: "Secret", namespace: String(words[0]), name: String(words[1]))
        }
        return settings
    }
}

func describe(_ status: RouteStatus) -> String {
    let head = "\(status.object) of \(status.parent) by \(status.controllerName), generation \(status.observedGeneration)"
    let conditions = status.conditions.map { condition in
        "  \(condition.type) \(condition.isTrue ? "True" : "False") \(condition.reason)"
            + (condition.message.isEmpty ? "" : ": \(condition.message)")
    }
    return ([head] + conditions).joined(separator: "\n")
}

func describe(_ diagnostic: Diagnostic) -> String {
    let condition = diagnostic.condition.isEmpty ? "" : " (\(diagnostic.condition))"
    return "\(diagnostic.file):\(diagnostic.line): \(diagnostic.severity.rawValue) \(diagnostic.subject) \(diagnostic.path)\n"
        + "  \(diagnostic.reason)\(condition): \(diagnostic.message)"
}
