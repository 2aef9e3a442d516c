import Documents
import Foundation
import Pipeline
import Policies
import Testing

@Suite struct CompletenessTests {
    @Test func `whatever the catalogue names, the tree has`() {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        #expect(Completeness(root: root).missing(catalog) == [])
    }

    // MARK: The check can fail

    private enum Unfinished: Policy {
        static let key = "unfinished"
        static let summary = "Does nothing yet."
        static func makeFilter(_ settings: Value, _ findings: inout [PolicyFinding]) -> Filter? { nil }
    }

    private static let parts = [
        "Sources/Policies/Unfinished/UnfinishedPolicy.swift", "Sources/Policies/Unfinished/UnfinishedSettings.swift",
        "Sources/Policies/Unfinished/UnfinishedFilter.swift", "Tests/PoliciesTests/Cases/unfinished/some.case",
        "docs/reference/policies/unfinished.md", "examples/policies/unfinished.yaml", "crds/martlet.dev_policies.yaml",
    ]

    private func tree(without missing: String?) throws -> Completeness {
        let root = FileManager.default.temporaryDirectory.appending(path: "completeness-\(UUID().uuidString)")
        for part in Self.parts where part != missing {
            let url = root.appending(path: part)
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data("properties:\n  unfinished:\n    type: object\n".utf8).write(to: url)
        }
        return Completeness(root: root)
    }

    @Test func `a tree with all parts lacks nothing`() throws {
        let tree = try tree(without: nil)
        defer { try? FileManager.default.removeItem(at: tree.root) }
        #expect(tree.missing(PolicyCatalog([Unfinished.self])) == [])
    }

    @Test(arguments: parts)
    func `each part that is not there is named`(part: String) throws {
        let tree = try tree(without: part)
        defer { try? FileManager.default.removeItem(at: tree.root) }
        let missing = tree.missing(PolicyCatalog([Unfinished.self]))
        #expect(missing.count == 1)
        let folder = part.hasSuffix(".case") ? String(part.dropLast("some.case".count)) : part
        #expect(missing.first?.hasPrefix("unfinished lacks ") == true && missing.first?.contains(folder) == true, "\(missing)")
    }

    @Test func `a policy that the catalogue does not name, or names twice, is told`() throws {
        let tree = try tree(without: nil)
        defer { try? FileManager.default.removeItem(at: tree.root) }
        #expect(tree.missing(PolicyCatalog([])) == ["the catalogue does not name UnfinishedPolicy.swift"])
        #expect(tree.missing(PolicyCatalog([Unfinished.self, Unfinished.self])).contains("the catalogue names unfinished twice"))
    }
}
