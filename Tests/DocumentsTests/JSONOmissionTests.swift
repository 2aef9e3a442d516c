import Base
import Documents
import Testing

/// Parts of a document that are checked but not built.
@Suite struct JSONOmissionTests {
    private let omissions = JSONOmissions([["a", "b"], ["list", "*", "a"], ["a", "c", "x.y/z"]])

    @Test(arguments: [
        (#"{"a":{"b":{"deep":[1,"\u00e9",{"x":null}]},"c":1}}"#, #"{"a":{"c":1}}"#),
        (#"{"list":[{"a":1,"b":2},{"a":[]},3,[{"a":4}]]}"#, #"{"list":[{"b":2},{},3,[{"a":4}]]}"#),
        (#"{"a":{"c":{"x.y/z":"{\"a\":1}","k":"v"}}}"#, #"{"a":{"c":{"k":"v"}}}"#),
        (#"{"a":[{"b":1}],"b":{"a":2}}"#, #"{"a":[{"b":1}],"b":{"a":2}}"#), (#"{"a":"b"}"#, #"{"a":"b"}"#),
        (#"{"a":{"b":1,"b":2}}"#, #"{"a":{}}"#), (#"{"a":{"b":"é\\\"\n\ud83d\ude00\\","c":"\\"}}"#, #"{"a":{"c":"\\"}}"#),
    ])
    func `what is omitted is not there, and the rest is`(text: String, expected: String) throws {
        #expect(try Value(json: Array(text.utf8), omitting: omissions) == Value(json: expected))
    }

    @Test(arguments: [
        "{", "[1,]", "[1 2]", #"{"x" 1}"#, #"{"x":1,}"#, #"{x:1}"#, #""a"#, #""\x""#, "tru", "01", "1e", "", "}", "[[[}]]",
        "\"a\tb\"",
    ])
    func `what is no JSON is refused in an omitted part too`(part: String) {
        #expect(throws: DocumentError.self) {
            try Value(json: Array(#"{"a":{"b":\#(part)}}"#.utf8), omitting: omissions)
        }
    }

    @Test(arguments: [[0xff], [0xc3], [0x41, 0x80], [0xc3, 0x5c, 0x6e], [0xed, 0xa0, 0x80], [0x01]] as [[UInt8]])
    func `what is no text is refused in an omitted string too`(bytes: [UInt8]) {
        let json = Array(#"{"a":{"b":"x"#.utf8) + bytes + Array(#""}}"#.utf8)
        #expect(throws: DocumentError.self) { try Value(json: json, omitting: omissions) }
        #expect(throws: DocumentError.self) { try Value(json: json) }
    }

    @Test func `hostile nesting in an omitted part is refused, not followed`() {
        let text = #"{"a":{"b":"# + String(repeating: "[", count: 1_000_000)
        #expect(throws: DocumentError.self) { try Value(json: Array(text.utf8), omitting: omissions) }
    }

    /// To omit while reading is the same as to remove afterwards.
    @Test(arguments: UInt64(1)...300)
    func `omitting is removing`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let value = Self.value(&random, depth: 0)
        var expected = value
        if case .object(var fields) = expected["a"] {
            fields.remove("b")
            if case .object(var inner) = fields["c"] {
                inner.remove("x.y/z")
                fields["c"] = .object(inner)
            }
            expected["a"] = .object(fields)
        }
        if case .array(let elements) = expected["list"] {
            expected["list"] = .array(
                elements.map { element in
                    guard case .object(var fields) = element else { return element }
                    fields.remove("a")
                    return .object(fields)
                })
        }
        #expect(try Value(json: value.json, omitting: omissions) == expected)
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> Value {
        switch random.below(depth == 0 ? 1 : depth > 4 ? 5 : 8) {
        case 0 where depth == 0, 5, 6:
            var fields = Value.Fields()
            for key in ["a", "b", "c", "list", "x.y/z"] where random.below(3) > 0 {
                fields[key] = value(&random, depth: depth + 1)
            }
            return .object(fields)
        case 7: return .array((0..<random.below(4)).map { _ in value(&random, depth: depth + 1) })
        case 1: return .null
        case 2: return .bool(random.below(2) == 0)
        case 3: return .integer(Int64(random.below(1000)))
        default: return .string(["", "a", "a longer text with \"quotes\" and \n", "ü"][Int(random.below(4))])
        }
    }
}
