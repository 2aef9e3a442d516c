import Base
import Documents
import Testing

@testable import DevCluster

@Suite struct MergePatchTests {
    /// RFC 7396 appendix A.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"),
        (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#), (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
        (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
        (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#), (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#), (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
        (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#), ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `the RFC's examples hold`(target: String, patch: String, result: String) throws {
        #expect(try MergePatch.apply(Value(json: patch), to: Value(json: target)) == Value(json: result))
    }

    @Test(arguments: 0..<200)
    func `the difference of two documents leads from one to the other, and twice is once`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (a, b) = (random.object(depth: 3), random.object(depth: 3))
        let patch = difference(from: a, to: b)
        let patched = MergePatch.apply(patch, to: a)
        #expect(patched == b)
        #expect(MergePatch.apply(patch, to: patched) == b)
    }

    private func difference(from a: Value, to b: Value) -> Value {
        guard let old = a.object, let new = b.object else { return b }
        var patch = Value.Fields()
        for key in old.keys where new[key] == nil { patch[key] = .null }
        for (key, value) in new.entries where old[key] != value {
            patch[key] = old[key].map { difference(from: $0, to: value) } ?? value
        }
        return .object(patch)
    }
}

extension SeededRandom {
    /// A document without nulls, which a merge patch cannot say.
    mutating func value(depth: Int) -> Value {
        switch below(depth > 0 ? 6 : 4) {
        case 0: .bool(below(2) == 0)
        case 1: .integer(Int64(below(5)))
        case 2: .string(["", "a", "b", "é"][Int(below(4))])
        case 3: .number(Double(below(8)) / 2)
        case 4: .array((0..<below(4)).map { _ in value(depth: depth - 1) })
        default: object(depth: depth - 1)
        }
    }

    mutating func object(depth: Int) -> Value {
        .object(Value.Fields((0..<below(5)).map { _ in (["a", "b", "c", "d", "e"][Int(below(5))], value(depth: depth)) }))
    }
}
