import Base
@testable import Documents
import Testing

/// What is packed is whole, and small.
@Suite struct PackedTests {
    @Test func `a packed document is the document, in the order in which it was written`() throws {
        let text = """
            {"kind":"Route","zeta":1,"alpha":[null,true,false,-1,0,127,128,-9223372036854775808,9223372036854775807,1.5,-0.25,1e300],\
            "empty":{},"none":[],"":"","words":["kind","spec","PathPrefix"],"uid":"9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab",\
            "upper":"9D0FD1AD-4A1C-4BD0-8D5C-0123456789AB","long":"\(String(repeating: "é", count: 300))","a\\u0001b":"\\u0000"}
            """
        let value = try Value(json: text)
        let packed = Packed(value)
        #expect(packed.value == value)
        #expect(packed.value.jsonText == value.jsonText)
        #expect(packed == Packed(packed.value))
        #expect(packed.value.object?.entries.map(\.key).first == "kind")
    }

    @Test func `a text is found behind whatever stands before it`() throws {
        let before =
            #""a":[1,{"b":"c"}],"n":1.5,"t":true,"z":null,"u":"9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab","l":"\#(String(repeating: "x", count: 99))""#
        let packed = Packed(
            try Value(json: "{\(before),\"kind\":\"Pod\",\"metadata\":{\(before),\"labels\":{\"app\":\"web\",\"n\":7}}}"))
        #expect(packed.string(at: "metadata", "labels", "app") == "web")
        #expect(packed.string(at: "kind") == "Pod")
        #expect(packed.string(at: "u") == "9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab")
        for path in [["nothing"], ["metadata", "labels", "n"], ["kind", "x"], ["a", "b"]] {
            #expect(path.count == 1 ? packed.string(at: path[0]) == nil : packed.string(at: path[0], path[1]) == nil)
        }
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `any document comes back as it was`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let value = Self.value(&random, depth: 0)
        #expect(Packed(value).value.jsonText == value.jsonText)
    }

    private static func value(_ random: inout SeededRandom, depth: Int) -> Value {
        switch random.below(depth > 4 ? 6 : 8) {
        case 0: return .null
        case 1: return .bool(random.below(2) == 0)
        case 2: return .integer(Int64(bitPattern: random.next() >> UInt64(random.below(64))))
        case 3: return .number(Double(random.below(1000)) / 8)
        case 4: return .string(PackedWords.texts[Int(random.below(UInt32(PackedWords.texts.count)))])
        case 5: return .string(String(repeating: "x", count: Int(random.below(400))))
        case 6: return .array((0..<random.below(6)).map { _ in value(&random, depth: depth + 1) })
        default:
            return .object(Value.Fields((0..<random.below(20)).map { ("k\($0)", value(&random, depth: depth + 1)) }))
        }
    }

    @Test func `words have codes that a byte holds, each once`() {
        #expect(Set(PackedWords.texts).count == PackedWords.texts.count)
        #expect(PackedWords.texts.count <= 256 - Int(PackedMark.words))
        for (code, text) in PackedWords.texts.enumerated() {
            #expect(PackedWords.table.code(Array(text.utf8).span) == UInt8(code))
        }
        #expect(PackedWords.table.code([UInt8]().span) == nil)
        #expect(PackedWords.table.code(Array("specs".utf8).span) == nil)
    }

    @Test func `a Service takes a third of its compact JSON`() throws {
        let service = try Value(
            json: #"""
                {"apiVersion":"v1","kind":"Service","metadata":{"name":"checkout","namespace":"shop","uid":"9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab",
                "creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"clusterIP":"10.96.1.2","ipFamilies":["IPv4"],"ports":[{"name":"http","port":80,
                "protocol":"TCP","targetPort":8080}],"type":"ClusterIP"}}
                """#)
        #expect(Packed(service).count * 3 < service.json.count)
    }

    @Test func `a time comes back from six bytes, and what only looks like one is kept as it is`() {
        for text in ["2026-01-31T23:59:59Z", "0000-00-00T00:00:00Z", "9999-99-99T99:99:99Z"] {
            #expect(Packed(.string(text)).value == .string(text))
            #expect(Packed(.string(text)).count == 7)
        }
        for text in [
            "2026-01-31T23:59:59+", "2026-01-31 23:59:59Z", "2026-01-31T23:59:5xZ", "2026-01-31T23:59:59.1Z",
            "2026-01-31T23:59:59",
        ] {
            #expect(Packed(.string(text)).value == .string(text))
            #expect(Packed(.string(text)).count > 7)
        }
        let packed = Packed(["a": ["t": "2026-01-31T23:59:59Z"], "b": "2026-01-31T23:59:59Z", "c": "x"])
        #expect(packed.string(at: "b") == "2026-01-31T23:59:59Z")
        #expect(packed.string(at: "c") == "x")
    }

    @Test func `a UUID's text comes back, and what only looks like one is kept as it is`() {
        for text in [
            "00000000-0000-0000-0000-000000000000", "9d0fd1ad-4a1c-4bd0-8d5c-0123456789ab",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ] {
            #expect(UUIDBits(text)?.text == text)
        }
        for text in [
            "", "9D0fd1ad-4a1c-4bd0-8d5c-0123456789ab", "9d0fd1ad-4a1c-4bd0-8d5c-0123456789a",
            "9d0fd1ad_4a1c-4bd0-8d5c-0123456789ab",
        ] {
            #expect(UUIDBits(text) == nil)
            #expect(Packed(.string(text)).value == .string(text))
        }
    }

    @Test func `a path is its steps`() {
        let path = FieldPath("spec.rules[10].matches")["martlet.dev/x"][3]
        #expect(
            path.steps == [
                .member("spec"), .member("rules"), .element(10), .member("matches"), .member("martlet.dev/x"), .element(3),
            ])
        #expect(path.description == "spec.rules[10].matches[martlet.dev/x][3]")
        #expect(FieldPath(path.steps) == path)
        #expect(path.parent["y"] != path)
        #expect((FieldPath("a") + FieldPath("b[0]")) == FieldPath("a.b[0]"))
        #expect(FieldPath.root.isRoot && FieldPath("a").parent.isRoot)
    }
}
