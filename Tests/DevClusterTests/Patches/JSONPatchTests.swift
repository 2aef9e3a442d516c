import Base
import Documents
import Testing

@testable import DevCluster

@Suite struct JSONPatchTests {
    /// RFC 6902 appendix A, by section.
    @Test(arguments: [
        ("A.1", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux"}]"#, #"{"baz":"qux","foo":"bar"}"#),
        ("A.2", #"{"foo":["bar","baz"]}"#, #"[{"op":"add","path":"/foo/1","value":"qux"}]"#, #"{"foo":["bar","qux","baz"]}"#),
        ("A.3", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"remove","path":"/baz"}]"#, #"{"foo":"bar"}"#),
        ("A.4", #"{"foo":["bar","qux","baz"]}"#, #"[{"op":"remove","path":"/foo/1"}]"#, #"{"foo":["bar","baz"]}"#),
        ("A.5", #"{"baz":"qux","foo":"bar"}"#, #"[{"op":"replace","path":"/baz","value":"boo"}]"#, #"{"baz":"boo","foo":"bar"}"#),
        (
            "A.6", #"{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}"#,
            #"[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]"#,
            #"{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}"#
        ),
        (
            "A.7", #"{"foo":["all","grass","cows","eat"]}"#, #"[{"op":"move","from":"/foo/1","path":"/foo/3"}]"#,
            #"{"foo":["all","cows","eat","grass"]}"#
        ),
        (
            "A.8", #"{"baz":"qux","foo":["a",2,"c"]}"#,
            #"[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]"#,
            #"{"baz":"qux","foo":["a",2,"c"]}"#
        ),
        (
            "A.10", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/child","value":{"grandchild":{}}}]"#,
            #"{"foo":"bar","child":{"grandchild":{}}}"#
        ),
        ("A.11", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz","value":"qux","xyz":123}]"#, #"{"foo":"bar","baz":"qux"}"#),
        ("A.14", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":10}]"#, #"{"/":9,"~1":10}"#),
        (
            "A.16", #"{"foo":["bar"]}"#, #"[{"op":"add","path":"/foo/-","value":["abc","def"]}]"#,
            #"{"foo":["bar",["abc","def"]]}"#
        ),
        ("copy", #"{"a":{"b":1}}"#, #"[{"op":"copy","from":"/a","path":"/c"}]"#, #"{"a":{"b":1},"c":{"b":1}}"#),
        ("whole", #"{"a":1}"#, #"[{"op":"replace","path":"","value":[1]}]"#, "[1]"),
        ("null", #"{"a":1}"#, #"[{"op":"add","path":"/b","value":null}]"#, #"{"a":1,"b":null}"#),
    ])
    func `the RFC's examples hold`(section: String, target: String, patch: String, result: String) throws {
        let patched = try JSONPatch.apply(Value(json: patch), to: Value(json: target))
        #expect(try patched == Value(json: result), "section \(section)")
    }

    @Test(arguments: [
        // What does not fit this object is Invalid (true), what is no patch at all is a BadRequest (false).
        ("A.9", #"{"baz":"qux"}"#, #"[{"op":"test","path":"/baz","value":"bar"}]"#, true),
        ("A.12", #"{"foo":"bar"}"#, #"[{"op":"add","path":"/baz/bat","value":"qux"}]"#, true),
        ("A.15", #"{"/":9,"~1":10}"#, #"[{"op":"test","path":"/~01","value":"10"}]"#, true),
        ("absent", "{}", #"[{"op":"remove","path":"/a"}]"#, true),
        ("absent", "{}", #"[{"op":"replace","path":"/a","value":1}]"#, true),
        ("index", #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/1"}]"#, true),
        ("index", #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/01"}]"#, true),
        ("index", #"{"a":[1]}"#, #"[{"op":"remove","path":"/a/-"}]"#, true),
        ("index", #"{"a":[1]}"#, #"[{"op":"add","path":"/a/3","value":1}]"#, true),
        ("inside", #"{"a":{"b":1}}"#, #"[{"op":"move","from":"/a","path":"/a/c"}]"#, true),
        ("all", "{}", #"[{"op":"remove","path":""}]"#, true),
        ("op", "{}", #"[{"op":"spoil","path":"/a"}]"#, false), ("no op", "{}", #"[{"path":"/a"}]"#, false),
        ("no path", "{}", #"[{"op":"remove"}]"#, false), ("no value", "{}", #"[{"op":"add","path":"/a"}]"#, false),
        ("pointer", "{}", #"[{"op":"remove","path":"a"}]"#, false), ("object", "{}", #"{"op":"remove","path":"/a"}"#, false),
    ])
    func `what cannot be applied says whether it is malformed or does not fit`(
        what: String, target: String, patch: String, isInvalid: Bool
    ) throws {
        let error = #expect(throws: PatchError.self, "\(what)") {
            try JSONPatch.apply(Value(json: patch), to: Value(json: target))
        }
        #expect(error?.isInvalid == isInvalid)
        #expect(error?.message.isEmpty == false)
    }

    @Test(arguments: 0..<200)
    func `the difference of two documents leads from one to the other`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (a, b) = (random.object(depth: 3), random.object(depth: 3))
        let patch = Value.array(operations(from: a, to: b, at: []))
        #expect(try JSONPatch.apply(patch, to: a) == b)
        // Tests of what is there change nothing; one that fails keeps everything from happening.
        let tests = Value.array([["op": "test", "path": "", "value": a]] + (patch.array ?? []))
        #expect(try JSONPatch.apply(tests, to: a) == b)
        #expect(throws: PatchError.self) {
            try JSONPatch.apply(.array((patch.array ?? []) + [["op": "test", "path": "/absent", "value": 1]]), to: a)
        }
    }

    private func operation(_ verb: String, _ path: [String], _ value: Value? = nil) -> Value {
        let text = path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
        var operation: Value = ["op": .string(verb), "path": .string(text)]
        operation["value"] = value
        return operation
    }

    private func operations(from a: Value, to b: Value, at path: [String]) -> [Value] {
        if a == b { return [] }
        var all: [Value] = []
        switch (a, b) {
        case (.object(let old), .object(let new)):
            for key in old.keys where new[key] == nil { all.append(operation("remove", path + [key])) }
            for (key, value) in new.entries {
                if let before = old[key] {
                    all += operations(from: before, to: value, at: path + [key])
                } else {
                    all.append(operation("add", path + [key], value))
                }
            }
        case (.array(let old), .array(let new)):
            let shared = min(old.count, new.count)
            for at in (shared..<old.count).reversed() { all.append(operation("remove", path + [String(at)])) }
            for at in 0..<shared { all += operations(from: old[at], to: new[at], at: path + [String(at)]) }
            for value in new[shared...] { all.append(operation("add", path + ["-"], value)) }
        default: all.append(operation("replace", path, b))
        }
        return all
    }

    @Test func `a pointer survives being written`() throws {
        for text in ["", "/", "/a/b", "/a~1b/~0", "/~01"] { #expect(try JSONPointer(text).text == text) }
    }
}
