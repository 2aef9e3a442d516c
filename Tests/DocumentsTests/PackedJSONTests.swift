import Documents
import Testing

/// JSON that is packed as it is read comes to the same as its tree, and what is no JSON is refused with the same words.
@Suite struct PackedJSONTests {
    private static let texts = [
        "null", "true", " false ", "0", "-7", "1.5e3", "123456789012345678901", "\"\"", "\"kind\"", "\"é\\n\\u00e9\\ud83d\"",
        "{}", "[]", "[[],{}]",
        #"{"kind":"Route","metadata":{"name":"a","labels":{"x":"y"}},"n":[1,2.5,-3,null,true,"spec"]}"#,
        #"{"uid":"9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab","at":"2026-01-31T23:59:59Z","long":"\#(String(repeating: "x", count: 300))"}"#,
        #"{"a":1,"b":2,"a":{"c":3}}"#, #"{"kind":1,"x":{"y":1,"y":2},"kind":"last"}"#, #"{"a\"b":1,"a\u0022b":2}"#,
        "[\((0..<500).map { "\($0)" }.joined(separator: ","))]",
        "{\((0..<200).map { "\"m\($0)\":[\($0)]" }.joined(separator: ","))}",
        "{\((0..<200).map { "\"m\($0 % 150)\":\($0)" }.joined(separator: ","))}",
        "[\((0..<130).map { _ in "[\((0..<130).map { "\"\($0)\"" }.joined(separator: ","))]" }.joined(separator: ","))]",
    ]

    @Test(arguments: texts)
    func `a document is the same both ways`(text: String) throws {
        let packed = try Packed(json: Array(text.utf8))
        let value = try Value(json: text)
        #expect(packed == Packed(value))
        #expect(packed.value.jsonText == value.jsonText)
    }

    @Test func `what is left out is left out`() throws {
        let text = Array(
            #"{"spec":{"a":{"b":[1]},"c":2},"status":{"x":"\"{\\\"y\\\":1}\""},"items":[{"k":1,"l":"é\\"},{"l":2,"m":{}}],"é":{"l":1}}"#
                .utf8)
        for paths in [
            [["status"]], [["spec", "a"], ["items", "*", "l"]], [["spec", "c"], ["é"]], [["spec"], ["status"], ["items"], ["é"]],
        ] {
            let omissions = JSONOmissions(paths)
            #expect(try Packed(json: text, omitting: omissions) == Packed(try Value(json: text, omitting: omissions)))
        }
    }

    /// Every text with something cut off, or a byte changed, wherever.
    @Test func `what is no JSON is refused in the same words`() {
        let omissions = JSONOmissions([["status"], ["n", "*", "x"]])
        func outcome(_ read: () throws -> Packed) -> String {
            do { return "\(try read().value.jsonText)" } catch { return "\(error)" }
        }
        let text = Array(
            #"{"kind":"é\n\u00e9 \\","status":{"x":"\"a\\\"\u0041","y":[1,"é"]},"n":[-1.5e2,null,{"x":"b","z":{}}],"t":true}"#
                .utf8)
        var broken = (0..<text.count).map { Array(text[..<$0]) }
        for i in text.indices {
            for byte: UInt8 in [0, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x80, 0xff] {
                var changed = text
                changed[i] = byte
                broken.append(changed)
            }
        }
        for bytes in broken {
            #expect(
                outcome { try Packed(json: bytes, omitting: omissions) }
                    == outcome { Packed(try Value(json: bytes, omitting: omissions)) },
                "\(String(decoding: bytes, as: UTF8.self))")
        }
        let deep = Array(String(repeating: "[", count: 600).utf8)
        #expect(outcome { try Packed(json: deep) } == outcome { Packed(try Value(json: deep)) })
    }

    @Test func `parts are documents of their own`() throws {
        let packed = try Packed(json: Array(#"{"items":[{"a":1},"kind",[2]],"metadata":{"name":"x"},"n":null}"#.utf8))
        #expect(packed.part(at: "items")?.elements == [Packed(["a": 1]), Packed("kind"), Packed([2])])
        #expect(packed.part(at: "metadata") == Packed(["name": "x"]))
        #expect(packed.part(at: "n")?.value == .null)
        #expect(packed.part(at: "other") == nil)
        #expect(packed.part(at: "metadata")?.elements == nil)
        #expect(Packed("text").part(at: "x") == nil)
    }

    @Test func `a copy leaves out what is dropped`() throws {
        let packed = Packed(["a": ["b": "1", "c": "2"], "d": [["e": "3"], ["e": "4", "f": "5"], 6], "g": "7", "h": ["i": "8"]])
        let copy = PackedCopier.copy(packed) { copier in
            copier.object(adding: [("new", "n"), ("g", "not")]) { name, copier in
                switch name {
                case "a": copier.object { if $0 == "b" { $1.drop() } else { $1.replace(with: "") } }
                case "d": copier.array { $0.object { if $0 == "f" { $1.drop() } else { $1.keep() } } }
                case "h": copier.object(dropsEmpty: true) { $1.drop() }
                default: copier.keep()
                }
            }
        }
        #expect(copy == Packed(["a": ["c": ""], "d": [["e": "3"], ["e": "4"], 6], "g": "7", "new": "n"]))
        #expect(PackedCopier.copy(Packed("text")) { $0.object { $1.drop() } } == Packed("text"))
    }
}
