import Admin
import Base
import Foundation
import Graph
import TestKit
import Testing

/// The explanation is a second reading of the rules of matching; these are the cases of the first one, the engine's.
@Suite struct ExplanationAgreesTests {
    @Test(arguments: CaseFile.all(in: "../EngineTests/Cases/match"))
    func `the explanation names the rule that the engine chooses`(testCase: CaseFile) throws {
        let graph = try GraphText.parse(try #require(testCase.section("graph")))
        let answers = try #require(testCase.section("answers")).split(separator: "\n")
        var compared = 0
        for (asked, answered) in zip(answers, answers.dropFirst())
        where answered.hasPrefix("    -> ") && !asked.contains("[https]") {
            guard let request = Self.request(String(asked)) else { continue }
            compared += 1
            let words = answered.split(separator: " ")
            let chosen = words[1] == "404" ? nil : String(words[1])
            let explanation = Explanation(request, by: graph)
            var explained: String?
            if case .rule(let rule) = explanation.outcome { explained = rule.id }
            #expect(explained == chosen, "\(asked)\n\(explanation.text)")
        }
        #expect(compared > 0)
    }

    /// `GET shop.example.com/a?x=1 [x-beta: 1] [from 192.0.2.1]`; nil for requests that no URL can state.
    private static func request(_ line: String) -> ExplainedRequest? {
        let parts = line.components(separatedBy: " [")
        let words = parts[0].split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2, !words[1].hasPrefix("/"), !words[1].hasPrefix(".") else { return nil }
        var headers: [String] = []
        var source = IPAddress("10.0.0.1")
        for part in parts.dropFirst().map({ String($0.dropLast()) }) {
            if part.hasPrefix("from ") { source = IPAddress(part.dropFirst(5)) } else { headers.append(part) }
        }
        return try? ExplainedRequest(method: words[0], url: "http://\(words[1])", headers: headers, source: source)
    }
}
