import Foundation
import TestKit
import Testing

/// Cases say filters, a request and perhaps an answer; what comes out is what the next hop and the client get.
@Suite struct FilterCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases"))
    func `filters change heads as they say`(file: CaseFile) throws {
        file.requireOnly(options: ["prefix"], sections: ["filters", "request", "response", "upstream", "downstream"])
        let run = try FilterRun(
            filters: try #require(file.section("filters")), matchedPrefixLength: Int32(file.options["prefix"] ?? "") ?? 0)
        // Several requests of one case stand apart by an empty line, and so do their outcomes.
        let requests = try #require(file.section("request")).components(separatedBy: "\n\n").filter { !$0.isEmpty }
        let results = try requests.map { try run.run(request: $0, response: file.section("response") ?? "") }
        try file.expect([
            ("upstream", results.map(\.upstream).joined(separator: "\n\n")),
            ("downstream", results.map(\.downstream).filter { !$0.isEmpty }.joined(separator: "\n\n")),
        ])
    }
}
