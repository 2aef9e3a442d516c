import Documents
import Foundation
import Testing

@Suite struct JSONTests {
    @Test func `what is written is read back`() throws {
        let text = #"{"a":[1,-2.5,1e+30,true,false,null,"\u0000\"\\é😀\n"],"b":{},"c":[],"resourceVersion":"9007199254740993"}"#
        let value = try Value(json: text)
        #expect(try Value(json: value.json) == value)
        #expect(try Value(json: value.prettyJSON) == value)
    }

    @Test func `whole numbers stay exact`() throws {
        #expect(try Value(json: "9223372036854775807").integer == .max)
        #expect(try Value(json: "[1.0]").array?.first?.integer == 1)
    }

    @Test func `surrogate pairs join and lone ones become the replacement character`() throws {
        #expect(try Value(json: #""\ud83d\ude00""#).string == "😀")
        #expect(try Value(json: #""\ud83dx\ude00""#).string == "\u{fffd}x\u{fffd}")
    }

    @Test(arguments: [
        ("{\n  \"a\": 1,\n}", 3, 1), ("[1 2]", 1, 4), ("{\"a\" 1}", 1, 6), ("", 1, 1), ("\"a\u{1}\"", 1, 3), ("01", 1, 2),
        ("[", 1, 2),
    ])
    func `an error names its line and column`(text: String, line: Int, column: Int) {
        let error = #expect(throws: DocumentError.self) { try Value(json: text) }
        #expect(error?.line == line)
        #expect(error?.column == column)
    }

    @Test func `hostile nesting is refused, not followed`() {
        #expect(throws: DocumentError.self) { try Value(json: String(repeating: "[", count: 1_000_000)) }
    }

    /// JSONTestSuite (MIT), when it stands beside the checkout: y_ must be accepted, n_ refused.
    @Test func `the public parsing suite agrees`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shared = ProcessInfo.processInfo.environment["MARTLET_SHARED"] ?? root.deletingLastPathComponent().path() + "shared"
        let folder = shared + "/data/json-test-suite/test_parsing"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            print("SKIPPED: JSONTestSuite is not at \(folder)")
            return
        }
        for name in names.sorted() {
            let bytes = try Data(contentsOf: URL(filePath: folder + "/" + name))
            let accepted = (try? Value(json: bytes)) != nil
            if name.hasPrefix("y_") { #expect(accepted, "\(name) is JSON") }
            if name.hasPrefix("n_") { #expect(!accepted, "\(name) is no JSON") }
        }
        #expect(names.count > 300)
    }
}
