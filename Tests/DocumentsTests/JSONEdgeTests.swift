import Documents
import Testing

/// The cases of public parsing suites that are worth having when those suites are not there.
@Suite struct JSONEdgeTests {
    @Test(arguments: [
        "[1,]", "[,1]", "[1,,2]", "[1 true]", "[a]", "['a']", "[\"a]", "[\"\\x00\"]", "[\"\\u12\"]", "[\"\\u00g0\"]", "[\"\t\"]",
        "[\"a\nb\"]", "[1.]", "[.1]", "[1e]",
        "[1e+]", "[+1]", "[-]", "[--1]", "[01]", "[-01]", "[0x1]", "[1_0]", "[Infinity]", "[NaN]", "[-Infinity]", "[1e999]",
        "[0.e1]", "[1.2.3]", "[2.]",
        "{\"a\":}", "{\"a\"}", "{a:1}", "{'a':1}", "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\"::1}", "{1:1}", "{\"a\":1}}",
        "[1]]", "[1]x", "\"a\"\"b\"", "1 2", "tru",
        "truE", "nul", "nulll", "True", "// x\n1", "/**/1", "1 // x", "\u{feff}[]", "[\u{a0}]", "[\u{c}]", "\0", "[\0]",
        "{\"a\":\0}", "", " ", "\"\\", "\"\\u", "[\"\\a\"]", "{", "[{", "\"",
    ])
    func `what is not JSON is refused`(text: String) {
        let error = #expect(throws: DocumentError.self) { try Value(json: text) }
        #expect((error?.line ?? 0) >= 1 && (error?.column ?? 0) >= 1)
    }

    @Test(
        arguments: [
            (" \t\r\n[ \n] ", Value.array([])), ("0", 0), ("-0", 0), ("1E2", .number(100)), ("1e-2", .number(0.01)),
            ("-1.5e+1", .number(-15)), ("\"\"", ""),
            ("\"\\u0000\"", "\0"), ("\"\\/\\b\\f\"", "/\u{8}\u{c}"), ("\"\u{7f}\u{2028}\"", "\u{7f}\u{2028}"),
            ("\"\\uD834\\uDD1E\"", "𝄞"),
            ("\"\\uDD1E\\uD834\"", "\u{fffd}\u{fffd}"), ("\"\\uD834\\uD834\\uDD1E\"", "\u{fffd}𝄞"), ("\"\\uD834\"", "\u{fffd}"),
            ("\"\\uD834\\n\"", "\u{fffd}\n"),
            ("{\"a\":1,\"a\":2}", ["a": 2]), ("{\"\":{}}", ["": [:]]), ("18446744073709551616", .number(0x1p64)),
            ("\"\\\\u0041\"", "\\u0041"),
            ("1e29", .number(1e29)), ("[[],[[]],{}]", [[], [[]], [:]]),
            ("null", .null),
        ] as [(String, Value)])
    func `what is JSON is read`(text: String, value: Value) throws {
        #expect(try Value(json: text) == value)
    }

    @Test(
        arguments: [
            [0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0x22, 0xe2, 0x82, 0x22],
            [0x22, 0x5c, 0x6e, 0xff, 0x22], [0xff],
        ] as [[UInt8]])
    func `bytes that are no UTF-8 are refused`(bytes: [UInt8]) {
        #expect(throws: DocumentError.self) { try Value(json: bytes) }
    }

    @Test func `nesting is followed to its bound`() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try Value(json: nested(Value.maximumDepth)) }
        #expect(throws: DocumentError.self) { try Value(json: nested(Value.maximumDepth + 2)) }
    }

    @Test func `members keep their order, are replaced in place and found when there are many`() {
        var fields = Value.Fields((0..<100).map { ("k\($0)", .integer(Int64($0))) })
        fields["k50"] = "new"
        fields.remove("k10")
        fields["k99"] = nil
        #expect(fields.keys == (0..<99).filter { $0 != 10 }.map { "k\($0)" })
        #expect(fields["k50"] == "new" && fields["k98"] == 98 && fields["k10"] == nil && fields["k99"] == nil)
    }
}
