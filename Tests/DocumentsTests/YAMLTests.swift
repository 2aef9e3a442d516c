import Base
import Documents
import Testing

@Suite struct YAMLTests {
    private func one(_ text: String) throws -> Value {
        let documents = try YAML.documents(text)
        return try #require(documents.first).value
    }

    @Test func `a stream holds several documents, empty ones left out`() throws {
        let documents = try YAML.documents("# only a comment\n---\na: 1\n---\n---\nb: [x, 2]\n...\n", file: "x.yaml")
        #expect(documents.map(\.value) == [["a": 1], ["b": ["x", 2]]])
        #expect(documents.map(\.line) == [3, 6])
        #expect(documents.first?.file == "x.yaml")
    }

    @Test(
        arguments: [
            ("true", Value.bool(true)), ("yes", .bool(true)), ("Off", .bool(false)), ("~", .null), ("", .null), ("12", 12),
            ("0x1F", 31),
            ("0644", 420), ("0o17", 15), ("-7", -7), ("1.5", .number(1.5)), ("1e3", .number(1000)), ("1.2.3", "1.2.3"),
            ("\"8080\"", "8080"),
            ("'yes'", "yes"), ("1Gi", "1Gi"), ("10%", "10%"), ("y", "y"), ("2026-01-01", "2026-01-01"), ("+", "+"),
            ("-", .array([.null])),
            ("0.5s", "0.5s"), ("!!str 5", "5"), ("08", 8),
        ] as [(String, Value)])
    func `scalars mean what kubectl takes them for`(text: String, value: Value) throws {
        #expect(try YAML.documents("v: \(text == "-" ? "\n- " : text)\n").first?.value["v"] == value)
    }

    @Test func `anchors, aliases and merge keys resolve`() throws {
        let value = try one("base: &b {a: 1, b: 2}\nuse:\n  <<: *b\n  b: 3\nagain: *b\n")
        #expect(value["use"] == ["a": 1, "b": 3])
        #expect(value["again"] == ["a": 1, "b": 2])
    }

    @Test(arguments: [
        ("a: 1\na: 2\n", 2, "stands twice"), ("a: [1, 2\nb: 3\n", 2, "did not find expected"),
        ("a: *nowhere\n", 1, "names no anchor"),
        ("\ta: 1\n", 1, "cannot start any token"), ("? [a]\n: 1\n", 1, "a key must be a string"),
        ("a: !!int x\n", 1, "no value of the tag"),
    ])
    func `an error says what is wrong and where`(text: String, line: Int, message: String) {
        let error = #expect(throws: DocumentError.self) { try YAML.documents(text) }
        #expect(error?.line == line)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func `aliases that explode are refused`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for i in 1..<9 {
            let alias = Array(repeating: "*a\(i - 1)", count: 10).joined(separator: ", ")
            text += "a\(i): &a\(i) [\(alias)]\n"
        }
        #expect(throws: DocumentError.self) { try YAML.documents(text) }
    }

    @Test func `every part knows its line`() throws {
        let text = "kind: Route\nspec:\n  rules:\n  - name: a\n  - name: b\n    matches:\n      - path: {type: Exact}\n"
        let document = try #require(try YAML.documents(text).first)
        #expect(document.line(of: "spec.rules[1].matches[0].path.type") == 7)
        #expect(document.line(of: "spec.rules[1].matches") == 6)
        #expect(document.line(of: "spec.rules[1].missing.deeper") == 5)
        #expect(FieldPath("spec.rules[1].matches[0]").description == "spec.rules[1].matches[0]")
        #expect(FieldPath.root["metadata"]["annotations"]["a.b/c"].description == "metadata.annotations[a.b/c]")
    }

    @Test(arguments: 0..<200)
    func `what is written is read back`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = Value.object(Value.Fields([("root", Self.random(&random, depth: 0))]))
        let text = value.yaml
        #expect(try one(text) == value, "seed \(seed):\n\(text)")
        #expect(try Value(json: value.json) == value, "seed \(seed)")
    }

    private static let strings = [
        "", "a", "yes", "No", "null", "~", "1", "0x1", "1.5", "a: b", "a #b", "- a", "-a", "--", "#", "é😀", "line\nline",
        "line\n", "\n", "\n\nx\n\n",
        " lead", "trail ", "tab\t", "{a}", "[a]", "*a", "&a", "!a", "%a", "@a", "`a", "'a'", "\"a\"", "a'b", "2026-01-01",
        "12:30", "y", "=", "<<", "?", "|", ">",
        "a\\b", "\u{1}", "\u{85}x\ny", "\u{feff}a", "a:", ":a", "1_000", ".5", "+1", "...", "---", "a\n  b\n",
    ]

    private static func random(_ random: inout SeededRandom, depth: Int) -> Value {
        switch random.below(depth > 3 ? 5 : 8) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2: return .integer(Int64(random.below(1000)) - 500)
        case 3: return .number(Double(random.below(1000)) / 8 + 0.0625)
        case 4: return .string(strings[Int(random.below(UInt32(strings.count)))])
        case 5, 6:
            var fields = Value.Fields()
            for _ in 0..<random.below(4) {
                fields[strings[Int(random.below(UInt32(strings.count)))]] = self.random(&random, depth: depth + 1)
            }
            return .object(fields)
        default: return .array((0..<random.below(4)).map { _ in self.random(&random, depth: depth + 1) })
        }
    }
}
