import Documents
import Foundation
import TestKit
import Testing

@testable import DevCluster

@Suite struct TableCaseTests {
    /// Objects of one kind, and the table that `kubectl get -o wide` prints of them a minute after 2026-11-25T16:00:00Z.
    @Test(arguments: CaseFile.all(in: "../Cases/tables"))
    func `kubectl get prints what a real API server would`(file: CaseFile) throws {
        file.requireOnly(options: ["kind"], sections: ["objects", "table"])
        let name = try #require(file.options["kind"])
        let kind = try #require(BuiltInKinds.all.first { "\($0.group)/\($0.kind)" == name || $0.kind == name })
        let text = try #require(file.section("objects"))
        let objects = try YAML.documents(text).map(\.value)
        let now = try Date("2026-11-25T16:01:00Z", strategy: .iso8601)
        let table = TableMaker.table(kind, objects, resourceVersion: "7", includeObject: .none, now: now)
        try file.expect([("table", Self.print(table))])
    }

    private static func print(_ table: Value) -> String {
        let header = (table["columnDefinitions"]?.array ?? []).map { column in
            (column["name"]?.string ?? "").uppercased() + (column["priority"]?.integer == 0 ? "" : "*")
        }
        let rows = (table["rows"]?.array ?? []).map { row in
            (row["cells"]?.array ?? []).map { $0.isNull ? "" : $0.string ?? $0.jsonText }
        }
        return ([header] + rows).map { $0.joined(separator: " | ") }.joined(separator: "\n")
    }

    @Test(arguments: [
        (0, "0s"), (119, "119s"), (120, "2m"), (185, "3m5s"), (600, "10m"), (10_800, "3h"), (11_100, "3h5m"), (30_000, "8h"),
        (172_800, "2d"),
        (180_000, "2d2h"), (700_000, "8d"), (63_072_000, "2y"), (64_000_000, "2y10d"), (300_000_000, "9y"), (-5, "<invalid>"),
    ])
    func `ages are written as kubectl writes them`(seconds: Int, text: String) {
        #expect(CellContext.text(seconds: seconds) == text)
    }

    @Test func `a custom kind has its own columns, or name and age`() throws {
        var kind = KindSchema(group: "example.com", version: "v1", kind: "Widget", plural: "widgets", isNamespaced: true)
        #expect(TableMaker.columns(of: kind).map(\.name) == ["Name", "Age"])
        kind.columns = [
            KindSchema.Column("Ready", path: ".status.conditions[?(@.type==\"Ready\")].status"),
            KindSchema.Column("Sizes", type: "integer", path: ".spec.sizes[1]"), KindSchema.Column("Gone", path: ".spec.gone"),
        ]
        let object: Value = [
            "metadata": ["name": "a"], "spec": ["sizes": [1, 2]],
            "status": ["conditions": [["type": "Other", "status": "False"], ["type": "Ready", "status": "True"]]],
        ]
        let table = TableMaker.table(
            kind, [object], resourceVersion: "1", includeObject: .metadata, now: Date(timeIntervalSince1970: 0))
        #expect(table["rows"]?.array?.first?["cells"] == ["a", "True", 2, .null])
        #expect(table["rows"]?.array?.first?[at: "object", "kind"] == "PartialObjectMetadata")
        #expect(table["rows"]?.array?.first?[at: "object", "spec"] == nil)
    }
}
