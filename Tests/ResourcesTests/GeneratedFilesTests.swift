import Documents
import Foundation
import Resources
import TestKit
import Testing

/// Files in the tree that are made from declarations: `make generate` writes them, and this fails when they are stale.
struct GeneratedFilesTests {
    struct File: CustomTestStringConvertible, Sendable {
        var path: String
        var text: String
        var testDescription: String { path }
    }

    static let files: [File] =
        CustomResourceDefinitions.all.map { definition in
            File(path: "crds/\(CustomResourceDefinitions.name(of: definition)).yaml", text: definition.yaml)
        } + [
            File(path: "docs/reference/route.md", text: ReferencePages.route),
            File(path: "docs/reference/rollout.md", text: ReferencePages.rollout),
            File(path: "docs/reference/annotations.md", text: ReferencePages.annotations),
            File(path: "docs/reference/reasons.md", text: ReferencePages.reasons),
        ]

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test(arguments: files)
    func `generated files are what the declarations say`(_ file: File) throws {
        let url = Self.root.appending(path: file.path)
        if CaseFile.isUpdating {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try file.text.write(to: url, atomically: true, encoding: .utf8)
        }
        let written = try? String(contentsOf: url, encoding: .utf8)
        #expect(written == file.text, "\(file.path) is stale; run `make generate`")
    }

    @Test(arguments: ["crds", "docs/reference"])
    func `generated folders hold nothing else`(_ folder: String) throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path())
        let expected = Set(Self.files.map(\.path))
        for name in found { #expect(expected.contains("\(folder)/\(name)"), "nothing makes \(folder)/\(name); remove it") }
    }
}
