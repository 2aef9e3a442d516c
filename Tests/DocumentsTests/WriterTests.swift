import Base
import Documents
import Testing

@Suite struct WriterTests {
    private func one(_ text: String) throws -> Value {
        let documents = try YAML.documents(text)
        return try #require(documents.first).value
    }

    /// Every scalar value of the first plane's odd corners, alone, at either end and between letters, as value and as key.
    @Test func `every character survives both notations`() throws {
        let odd: [ClosedRange<UInt32>] = [
            0...0xff, 0x200b...0x2030, 0x2060...0x2070, 0xd7f0...0xd7ff, 0xe000...0xe010, 0xfe00...0xffff, 0x1fff0...0x20001,
            0x10fff0...0x10ffff,
        ]
        for scalar in odd.joined().compactMap(UnicodeScalar.init) {
            for text in ["\(scalar)", "a\(scalar)", "\(scalar)a", "a\(scalar)b", "a\n\(scalar)b\n", "a\n\(scalar)"] {
                let members: [(String, Value)] = [("k", .string(text)), (text, 1), ("l", .array([.string(text)]))]
                let value = Value.object(Value.Fields(members))
                let name = String(scalar.value, radix: 16)
                #expect((try? Value(json: value.json)) == value, "U+\(name) in JSON")
                #expect((try? one(value.yaml)) == value, "U+\(name) in YAML:\n\(value.yaml)")
            }
        }
    }

    @Test(arguments: [
        ".inf", "-.inf", "+.Inf", ".INF", ".nan", ".NaN", "0o7", "0b1", "1_0", "0x1f", "1e3", "~", "Null", "=", "y", "N", "no",
        "12:30:45",
        "2026-11-25", "-", "---", "--- a", "...", "... a", "...\u{301} a", "? a", ": a", "a: b", "a:", "a #b", "# a", " a", "a ",
        "", "&a", "*a", "!a",
        "|", ">", "%a", "@a", "`a",
        "{a", "[a", "]", "}", ",a", "'", "\"", "1.", "+1", "<<", "\t", "a\tb", "null", "True",
    ])
    func `text that a reader could take for something else is quoted`(text: String) throws {
        let yaml = Value.object(Value.Fields([("k", .string(text))])).yaml
        #expect(yaml.hasPrefix("k: \"") && yaml.hasSuffix("\"\n"), "\(yaml)")
        #expect(try one(yaml)["k"] == .string(text))
    }

    @Test(arguments: [
        "a", "a-b", "-a", "a:b", "a#b", "http://a/b", "é", "a b", "a'b", "a\"b", "10.0.0.0/8", "v1", "1Gi", "_1", "a,b", "a]",
    ])
    func `other text is written as it is`(text: String) throws {
        #expect(Value.object(Value.Fields([("k", .string(text))])).yaml == "k: \(text)\n")
    }

    @Test(arguments: [
        "x\ny", "x\n---\ny", "x\n...\n", "x\n  y\n", "x\n\n\n", "\nx", " x\ny", "x\n y\n", "x\n\ty", "x\n# y", "x\n%y", "\n",
        "\n\n", "x\r\ny",
    ])
    func `a document may be one text of several lines`(text: String) throws {
        #expect(try one(Value.string(text).yaml) == .string(text))
        #expect(
            try one(Value.array([.string(text), .array([.string(text)])]).yaml)
                == .array([.string(text), .array([.string(text)])]))
    }

    /// A plain key may have 1024 characters at most (YAML 1.2 section 8.2.2).
    @Test(arguments: [1000, 1024, 1025, 5000])
    func `long keys are read back`(length: Int) throws {
        let key = String(repeating: "k", count: length)
        let element: [(String, Value)] = [(key, 1), ("b", [])]
        let members: [(String, Value)] = [(key, ["a": 1]), ("l", .array([.object(Value.Fields(element))])), (key + "ä", [1])]
        let value = Value.object(Value.Fields(members))
        #expect(try one(value.yaml) == value)
    }

    @Test(arguments: [0, -0.0, 0.1, 1e21, 1e-7, 123456.789, 0x1p53, 0x1p63, 1.7976931348623157e308, -1e300])
    func `numbers are read back exactly`(number: Double) throws {
        let value: Value = ["n": .number(number)]
        #expect(try Value(json: value.json)["n"]?.number == number)
        #expect(try one(value.yaml)["n"]?.number == number)
    }

    @Test func `what JSON cannot say is null and not broken JSON`() {
        #expect(Value.array([.number(.infinity), .number(.nan)]).jsonText == "[null,null]")
    }

    @Test(arguments: 0..<300)
    func `random documents are read back from both notations`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = Self.value(&random, depth: 0)
        #expect(try Value(json: value.json) == value, "seed \(seed)")
        #expect(try Value(json: value.prettyJSON) == value, "seed \(seed)")
        guard !value.isNull else { return }
        #expect(try one(value.yaml) == value, "seed \(seed):\n\(value.yaml)")
    }

    private static let pieces = [
        "a", " ", "\n", ":", "-", "#", "\"", "'", "\\", "{", "]", "\t", "\r", "é", "\u{80}", "\u{2028}", "0", "1", ".", "e",
        "yes", "|", ">", "&", "*", "😀", "\u{301}",
    ]

    private static func text(_ random: inout SeededRandom) -> String {
        (0..<random.below(8)).map { _ in pieces[Int(random.below(UInt32(pieces.count)))] }.joined()
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> Value {
        switch random.below(depth > 3 ? 6 : 9) {
        case 0: .null
        case 1: .bool(random.below(2) == 0)
        case 2: .integer(Int64(truncatingIfNeeded: random.next()))
        case 3: .number(Double(Int64(truncatingIfNeeded: random.next())) / 1e7)
        case 4, 5: .string(text(&random))
        case 6, 7:
            .object(
                Value.Fields(
                    (0..<random.below(depth == 0 ? 20 : 5)).map { _ in (text(&random), value(&random, depth: depth + 1)) }))
        default: .array((0..<random.below(4)).map { _ in value(&random, depth: depth + 1) })
        }
    }
}
