import Base
import Documents
import Testing

@Suite struct YAMLEdgeTests {
    private func one(_ text: String) throws -> Value {
        let documents = try YAML.documents(text)
        return try #require(documents.first).value
    }

    // MARK: Anchors and merge keys

    @Test func `an alias is its anchor's value as it was at that moment`() throws {
        let value = try one("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")
        #expect(value == ["a": 1, "b": 1, "c": 2, "d": 2])
    }

    @Test func `anchors end with their document`() {
        #expect(throws: DocumentError.self) { try YAML.documents("a: &x 1\n---\nb: *x\n") }
    }

    @Test func `an anchor cannot hold itself`() {
        #expect(throws: DocumentError.self) { try YAML.documents("a: &x [1, *x]\n") }
        #expect(throws: DocumentError.self) { try YAML.documents("a: &x {b: *x}\n") }
        #expect(throws: DocumentError.self) { try YAML.documents("a: &x\n  <<: *x\n") }
    }

    @Test(
        arguments: [
            ("u: {<<: {a: 1}, b: 2}", ["a": 1, "b": 2]), ("u: {b: 2, <<: {b: 1}}", ["b": 2]), ("u: {<<: {b: 1}, b: 2}", ["b": 2]),
            ("u: {<<: [{a: 1}, {a: 2, c: 3}]}", ["a": 1, "c": 3]),
            ("u: {<<: {<<: {a: 1}, b: 2}, c: 3}", ["a": 1, "b": 2, "c": 3]),
            ("u: {<<: {}}", [:]), ("u: {<<: []}", [:]), ("u: {\"<<\": 1}", ["<<": 1]),
            ("u: {<<: {a: 1}, <<: {b: 2}}", ["a": 1, "b": 2]),
        ] as [(String, Value)])
    func `merge keys fill in what is not said`(text: String, value: Value) throws {
        #expect(try one(text)["u"] == value)
    }

    @Test(arguments: ["u: {<<: 1}", "u: {<<: text}", "u: {<<: [1]}", "u: {<<: [[{a: 1}]]}", "u: {<<: null}"])
    func `only mappings can be merged`(text: String) {
        #expect(throws: DocumentError.self) { try YAML.documents(text) }
    }

    @Test func `aliases and anchors may stand as keys`() throws {
        #expect(try one("a: &k name\n*k : 1\n") == ["a": "name", "name": 1])
        #expect(try one("&k name: x\nb: *k\n") == ["name": "x", "b": "name"])
        #expect(throws: DocumentError.self) { try YAML.documents("a: &k [1]\n*k : 1\n") }
    }

    @Test func `merging that explodes is refused`() {
        var text = "a0: &a0 {k: [x, x, x, x, x, x, x, x, x, x]}\n"
        for i in 1..<9 {
            text += "a\(i): &a\(i) {<<: *a\(i - 1), " + (0..<10).map { "k\(i)\($0): *a\(i - 1)" }.joined(separator: ", ") + "}\n"
        }
        let error = #expect(throws: DocumentError.self) { try YAML.documents(text) }
        #expect(error?.message.contains("expand to more than") == true)
    }

    /// libyaml needs time in proportion to length times depth for flow collections: hours for this, if the depth were judged later.
    @Test(.timeLimit(.minutes(5)), arguments: ["[", "{a: ", "- ", "? ", "!!seq ["])
    func `hostile nesting is refused, not followed`(piece: String) {
        #expect(throws: DocumentError.self) { try YAML.documents(String(repeating: piece, count: 100_000)) }
    }

    @Test func `aliases of aliases are no way to be deeper than the bound`() throws {
        var text = "a0: &a0 [x]\n"
        for i in 1..<2000 { text += "a\(i): &a\(i) [*a\(i - 1)]\n" }
        let error = #expect(throws: DocumentError.self) { try YAML.documents(text) }
        #expect(error?.message.contains("nested deeper") == true)
        #expect(error.map { abs($0.line - Value.maximumDepth) < 5 } == true)
    }

    @Test func `a thousand documents of one alias each are read in time`() throws {
        let text = String(repeating: "---\na: &x [1, 2]\nb: *x\n", count: 1000)
        #expect(try YAML.documents(text).count == 1000)
    }

    // MARK: Duplicate keys

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3\n", 3), ("x:\n  a: 1\n  \"a\": 2\n", 3), ("{a: 1, 'a': 2}", 1), ("- a: 1\n  b: 2\n  a: 3\n", 3),
        ("1: a\n\"1\": b\n", 2),
    ])
    func `a key that stands twice is refused where it stands again`(text: String, line: Int) {
        let error = #expect(throws: DocumentError.self) { try YAML.documents(text) }
        #expect(error?.line == line)
        #expect(error?.message.contains("stands twice") == true)
    }

    // MARK: Scalars

    /// Norway's country code and its kin: YAML 1.1's booleans, as kubectl has them. Quotes make them text.
    @Test(
        arguments: [
            ("no", Value.bool(false)), ("NO", .bool(false)), ("No", .bool(false)), ("nO", "nO"), ("yes", .bool(true)),
            ("YES", .bool(true)),
            ("on", .bool(true)), ("On", .bool(true)), ("off", .bool(false)), ("OFF", .bool(false)), ("True", .bool(true)),
            ("TRUE", .bool(true)),
            ("tRUE", "tRUE"), ("n", "n"), ("N", "N"), ("y", "y"), ("Y", "Y"), ("\"no\"", "no"), ("'on'", "on"),
            ("|-\n  no", "no"), (">-\n  off", "off"),
            ("!!str no", "no"), ("! no", "no"), ("!!bool no", .bool(false)), ("null", .null), ("Null", .null), ("nULL", "nULL"),
            ("~", .null),
            ("\"~\"", "~"), ("!!null ''", .null),
        ] as [(String, Value)])
    func `words are booleans or text`(text: String, value: Value) throws {
        #expect(try one("v: \(text)\nw: 1\n")["v"] == value)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("+12", 12), ("1_000", 1000), ("0b101", 5), ("-0x10", -16), ("0x", "0x"), ("0o8", "0o8"),
            ("0b2", "0b2"),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number(0x1p63)),
            ("1.", .number(1)), (".5", .number(0.5)), ("-.5", .number(-0.5)), ("1e-3", .number(0.001)), ("1E+3", .number(1000)),
            (".", "."), ("1e", "1e"),
            ("..5", "..5"), ("1.5.5", "1.5.5"), ("+", "+"), ("--1", "--1"), ("+-1", "+-1"), ("12:30", "12:30"),
            ("12:30:45", "12:30:45"), ("1,000", "1,000"),
            ("2026-11-25T16:00:00Z", "2026-11-25T16:00:00Z"), ("10.0.0.0/8", "10.0.0.0/8"), ("::1", "::1"), ("1/2", "1/2"),
            (".inf", ".inf"),
            ("-.Inf", "-.Inf"), (".nan", ".nan"), ("1e999", "1e999"), ("007", 7), ("08", 8), ("100m", "100m"), ("5%", "5%"),
            ("0.1.0", "0.1.0"),
        ] as [(String, Value)])
    func `what looks like a number is one only if all of it does`(text: String, value: Value) throws {
        #expect(try one("v: \(text)\n")["v"] == value)
    }

    @Test(arguments: [
        ("v: |\n  a\n  b\n\n", "a\nb\n"), ("v: |-\n  a\n\n", "a"), ("v: |+\n  a\n\n", "a\n\n"),
        ("v: >\n  a\n  b\n\n  c\n", "a b\nc\n"),
        ("v: |2\n    a\n", "  a\n"), ("v: \"a\\x41\\u00e9\\n\\\n  b\"", "aAé\nb"), ("v: 'it''s'", "it's"), ("v: a\n  b", "a b"),
        ("v: \"\\0\"", "\0"), ("v: a # comment", "a"), ("v: a#b", "a#b"), ("v: \"\\ud83d\\ude00\"", "\u{fffd}\u{fffd}"),
    ])
    func `text comes in five styles`(text: String, value: String) throws {
        // libyaml refuses surrogates: that too is an answer, but never a crash.
        guard let read = try? one(text) else { return #expect(text.contains("ud83d")) }
        #expect(read["v"]?.string == value)
    }

    @Test(arguments: [
        "a: b: c", "a: [", "a: ]", "a: 'x", "a: \"x", "a: \"\\q\"", "- a\nb: 1", "a: 1\n b: 2", "%YAML 3.0\n---\na: 1",
        "a: !<x y", "a: @b", "a: `b",
        "&x", "a: *", "a: |x\n  b", "{a: 1", "a\nb: 1", "\u{1}", "a: \u{7f}", "? ? a", "---\n--- x\n...\n]", "a: &x\nb: **x",
    ])
    func `what is no YAML is an error with a place`(text: String) {
        do {
            let documents = try YAML.documents(text)
            // libyaml takes `&x` alone for an anchored nothing.
            #expect(documents.isEmpty || text.hasPrefix("&") || text == "a: @b", "\(text) gave \(documents.map(\.value))")
        } catch {
            #expect(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
        }
    }

    @Test(
        arguments: [[0x61, 0x3a, 0x20, 0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0x80]]
            as [[UInt8]])
    func `bytes that are no UTF-8 are refused on their line`(bytes: [UInt8]) {
        let error = #expect(throws: DocumentError.self) { try YAML.documents(Array("ok: 1\n".utf8) + bytes) }
        #expect(error?.line == 2)
    }

    @Test func `a control character is refused where it stands`() {
        let error = #expect(throws: DocumentError.self) { try YAML.documents("a: 1\nb: 2\nc: \u{7}\n") }
        #expect(error?.line == 3)
        #expect(error?.column == 4)
    }

    @Test func `UTF-16 with its mark is read, as the specification asks`() throws {
        let big: [UInt8] = [0xfe, 0xff] + "a: é".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        let little: [UInt8] = [0xff, 0xfe] + "a: é".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
        #expect(try YAML.documents(big).first?.value == ["a": "é"])
        #expect(try YAML.documents(little).first?.value == ["a": "é"])
        #expect(throws: DocumentError.self) { try YAML.documents(Array(big.dropLast())) }
    }

    // MARK: Streams and lines

    @Test(arguments: [
        ("", 0), ("\n\n", 0), ("# x\n", 0), ("---\n", 0), ("---\n---\n...\n---\n", 0), ("a: 1\n---\nb: 2", 2),
        ("a: 1\n...\n---\nb: 2\n...", 2),
        ("%YAML 1.1\n---\na: 1\n", 1), ("--- {a: 1}\n--- [1]\n--- x\n", 3), ("a: 1\r\n---\r\nb: 2\r\n", 2), ("\u{feff}a: 1\n", 1),
    ])
    func `a stream has as many documents as say something`(text: String, count: Int) throws {
        #expect(try YAML.documents(text).count == count)
    }

    @Test func `lines are those of the file, in the second document too, with comments, blocks and carriage returns`() throws {
        let text =
            "# head\na:\r\n  - 1\n\n  # between\n  - |\n    x\n    y\n  - z: {q: 1,\n      r: 2}\n---\nb:\n  c: &x\n    d: 1\n  e: *x\n"
        let documents = try YAML.documents(text)
        let first = try #require(documents.first)
        #expect(first.line(of: "a") == 2)
        #expect(first.line(of: "a[0]") == 3)
        #expect(first.line(of: "a[1]") == 6)
        #expect(first.line(of: "a[2].z.q") == 9)
        #expect(first.line(of: "a[2].z.r") == 10)
        let second = try #require(documents.last)
        #expect(second.line == 12)
        #expect(second.line(of: "b.c.d") == 14)
        #expect(second.line(of: "b.e.d") == 15)
        #expect(second.part(at: "b.c", value: 1).line(of: "d") == 14)
    }

    @Test func `JSON is YAML, and reads alike`() throws {
        let text = #"{"a": [1, 2.5, true, null, "x\ny"], "b": {"c": "\u00e9"}, "d": ""}"#
        #expect(try one(text) == Value(json: text))
    }
}
