import Base
@testable import Engine
import Foundation
import Graph
import HTTP
import Pipeline
import TestKit
import Testing

/// Cases say a graph and requests; what comes out is what the gateway would do with each.
@Suite struct MatchCaseTests {
    @Test(arguments: CaseFile.all(in: "../Cases/match") + CaseFile.all(in: "../Cases/answers"))
    func `a request goes where the graph says`(file: CaseFile) throws {
        file.requireOnly(options: [], sections: ["graph", "requests", "answers"])
        let registry = CellRegistry()
        let plan = Plan.link(try GraphText.parse(try #require(file.section("graph"))), previous: nil, registry: registry)
        #expect(plan.report.problems == [])
        let requests = try #require(file.section("requests")).split(separator: "\n").map(String.init)
        let answers = try requests.map { "\($0)\n    -> \(try answer(plan, TestRequest($0)))" }
        try file.expect([("answers", answers.joined(separator: "\n"))])
    }
}

/// What a plan does with a request, in words.
func answer(_ plan: Plan, _ request: TestRequest, listener: Int32 = 0) -> String {
    request.withHead { head in
        var x = Exchange()
        x.listener = listener
        x.client = request.client
        x.scheme = request.scheme
        var random = SeededRandom(seed: 1)
        let reason = plan.view.match(head, &x)
        guard reason == .ok else { return "\(reason.status) \(reason.code)" }
        let row = unsafe plan.view.rules.pointer(x.rule)
        var words = [x.edits.text(unsafe row.pointee.name)]
        let chain = unsafe row.pointee.chain
        x.prepareSlots(Int(chain.count))
        var next: Int32 = 0
        if case .respond(let reply) = chain.requestHead(from: &next, head, &x) {
            return (words + ["\(reply.status)", "\(reply.reason.code)"]).joined(separator: " ")
        }
        if unsafe row.pointee.kind == .forward {
            let reason = plan.view.choose(head, &x, in: Circumstances(now: 1, wall: 0), &random)
            words.append(
                reason == .ok ? "to \(x.edits.text(plan.view.cells.name(x.cluster)))" : "\(reason.status) \(reason.code)")
        } else {
            let reply = plan.view.reply(head, &x)
            words.append("\(reply.status) \(reply.reason.code)")
            if case .bytes(let body) = reply.body { words.append("body \(x.edits.text(body))") }
        }
        let bytes: [UInt8] = []
        let fields: [FieldLine] = []
        var back = chain.count
        _ = chain.responseHead(from: &back, ResponseHead(bytes: bytes.span, fields: fields.span, status: 200), request: head, &x)
        return (words + describe(x)).joined(separator: " ")
    }
}

private func describe(_ x: borrowing Exchange) -> [String] {
    var words: [String] = []
    if x.edits.host.isPresent { words.append("host \(x.edits.text(x.edits.host))") }
    if x.edits.path.isPresent { words.append("path \(x.edits.text(x.edits.path))") }
    if x.edits.query.isPresent { words.append("query \(x.edits.text(x.edits.query))") }
    for i in 0..<x.edits.count {
        let edit = x.edits[i]
        let mark = edit.side == .request ? "" : "response "
        words.append("\(mark)\(edit.operation) \(x.edits.text(edit.name)): \(x.edits.text(edit.value))")
    }
    return words
}
