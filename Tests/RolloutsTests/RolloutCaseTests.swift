import Documents
import TestKit
import Testing

/// Scripts of what happens (`> …`) and what becomes of the Rollout (indented).
@Suite struct RolloutCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases"))
    func plays(_ file: CaseFile) throws {
        file.requireOnly(options: [], sections: ["rollout.yaml", "script"])
        let document = try #require(try YAML.documents(file.section("rollout.yaml") ?? "", file: "rollout.yaml").first)
        var play = RolloutPlay(document.value)
        var lines: [String] = []
        for line in (file.section("script") ?? "").split(separator: "\n") where line.hasPrefix("> ") {
            lines.append(String(line))
            lines += try play.perform(line.dropFirst(2)).map { "  " + $0 }
        }
        try file.expect([("script", lines.joined(separator: "\n"))])
    }
}
