import Configuration
import Documents
import TestKit
import Testing

/// Cases: a command line, variables and a file; out come the arguments that the parser gets, and each option with its origin.
@Suite struct LayersCaseTests {
    static let catalog = OptionCatalog([
        OptionDeclaration("config"),
        OptionDeclaration("http", isRepeatable: true, defaultValue: ":8080"),
        OptionDeclaration("drain-delay", defaultValue: "5s"),
        OptionDeclaration("workers"),
        OptionDeclaration("shared-hosts", takesValue: false),
        OptionDeclaration("allow-loopback", takesValue: false, isHidden: true),
    ])

    @Test(arguments: CaseFile.all(in: "Cases/layers"))
    func `options come from the highest layer that names them`(file: CaseFile) throws {
        let flags = (file.section("flags") ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        var environment: [String: String] = [:]
        for line in (file.section("environment") ?? "").split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            environment[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        var out: String
        do {
            let layers = try Layers(Self.catalog, flags: flags, environment: environment) { path throws(ConfigurationError) in
                try ConfigurationFile(Array((file.section("file") ?? "").utf8), name: path, Self.catalog)
            }
            out = layers.arguments.joined(separator: " ") + "\n"
            for row in layers.page.array ?? [] {
                out += "\(row["option"]?.string ?? "") = \(row["value"]?.jsonText ?? "") from \(row["from"]?.string ?? "")\n"
            }
            for (variable, meant) in Layers.misspelt(environment, Self.catalog) { out += "\(variable)? \(meant)!\n" }
        } catch let error as ConfigurationError {
            out = "\(error.isOfFile ? "file" : "given"): \(error)\n"
        }
        try file.expect([(section: "result", body: out)])
    }

    @Test func `a command's own description gives names, kinds, defaults and what is hidden`() throws {
        let text = """
            {"command": {"arguments": [
              {"kind": "option", "isRepeating": true, "defaultValue": "0.0.0.0:8080", "shouldDisplay": true,
               "names": [{"kind": "short", "name": "h"}, {"kind": "long", "name": "http"}]},
              {"kind": "flag", "isRepeating": false, "shouldDisplay": false, "names": [{"kind": "long", "name": "allow-loopback"}]},
              {"kind": "positional", "isRepeating": false, "shouldDisplay": true},
              {"kind": "flag", "shouldDisplay": true, "names": [{"kind": "long", "name": "help"}]}]}}
            """
        let options = OptionCatalog(toolInfo: try Value(json: text)).options
        #expect(
            options == [
                OptionDeclaration("http", isRepeatable: true, defaultValue: "0.0.0.0:8080"),
                OptionDeclaration("allow-loopback", takesValue: false, isHidden: true),
            ])
        #expect(options.map(\.variable) == ["MARTLET_HTTP", "MARTLET_ALLOW_LOOPBACK"])
    }
}
