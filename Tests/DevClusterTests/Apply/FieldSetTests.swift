import Base
import Documents
import Testing

@testable import DevCluster

@Suite struct FieldSetTests {
    private func set(_ text: String) throws -> FieldSet { try FieldSet(fieldsV1: Value(json: text)) }

    /// The examples of Kubernetes' documentation and of structured-merge-diff, in canonical form.
    @Test(arguments: [
        "{}", #"{"f:data":{"f:a":{}}}"#, #"{"f:metadata":{"f:labels":{".":{},"f:app":{}}}}"#,
        #"{"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{},"f:protocol":{}}}}}"#,
        #"{"f:metadata":{"f:finalizers":{"v:\"example.com/a\"":{},"v:\"example.com/b\"":{}}}}"#,
        #"{"f:s":{"v:1":{},"v:2.5":{},"v:\"a\"":{},"v:false":{},"v:true":{},"v:null":{}}}"#,
        #"{"f:list":{"i:0":{},"i:10":{}}}"#, #"{"f:":{},"f:.":{},"f:a:b":{}}"#,
        #"{"f:metadata":{"f:annotations":{"f:example.com/a\"b":{}}}}"#,
    ])
    func `a set is written as it was read`(text: String) throws {
        #expect(try set(text).fieldsV1.jsonText == text)
    }

    @Test func `other spellings of a set are the same set`() throws {
        let canonical = try set(#"{"f:a":{"k:{\"x\":1,\"y\":2}":{".":{},"f:z":{}}},"f:b":{}}"#)
        #expect(try set(#"{"f:b":{},"f:a":{"k:{\"y\":2.0,\"x\":1}":{"f:z":{},".":{}}}}"#) == canonical)
        #expect(try set(#"{"f:a":{"k:{\"x\":1,\"y\":2}":{},"k:{\"y\":2,\"x\":1}":{"f:z":{}}},"f:b":{".":{}}}"#) == canonical)
    }

    @Test func `a member and what is below it are told apart`() throws {
        let both = try set(#"{"f:a":{".":{},"f:b":{}}}"#)
        #expect(both.routes.map(\.text) == [".a", ".a.b"])
        #expect(both.contains([.field("a")]))
        #expect(try set(#"{"f:a":{"f:b":{}}}"#).contains([.field("a")]) == false)
        #expect(try both.subtracting(set(#"{"f:a":{}}"#)) == set(#"{"f:a":{"f:b":{}}}"#))
        #expect(try both.subtracting(set(#"{"f:a":{"f:b":{}}}"#)) == set(#"{"f:a":{}}"#))
        #expect(try both.intersection(set(#"{"f:a":{}}"#)) == set(#"{"f:a":{}}"#))
    }

    @Test func `path elements of a later format are left out`() throws {
        #expect(try set(#"{"x:new":{"f:b":{}},"f:a":{}}"#) == set(#"{"f:a":{}}"#))
        #expect(try set(#"{"f:a":{"x:new":{}}}"#).routes.map(\.text) == [".a"])
    }

    @Test(arguments: [
        "[]", "1", #"{"f:a":1}"#, #"{"a":{}}"#, #"{"f":{}}"#, #"{"":{}}"#, #"{"v:":{}}"#, #"{"v:{}":{}}"#, #"{"v:nonsense":{}}"#,
        #"{"k:1":{}}"#, #"{"k:{\"a\":[]}":{}}"#, #"{"k:{":{}}"#, #"{"i:x":{}}"#, #"{"i:":{}}"#, #"{"f:a":{"fb":{}}}"#,
    ])
    func `what is no set of fields has an error that says so`(text: String) {
        let error = #expect(throws: FieldsV1Error.self) { try set(text) }
        #expect(error?.description.isEmpty == false)
    }

    @Test func `elements are named as conflicts show them`() throws {
        let fields = try set(
            #"{"f:spec":{"f:c":{"k:{\"name\":\"a\\\"b\",\"port\":80}":{"f:x":{}}},"f:f":{"v:\"z\"":{}},"f:l":{"i:3":{}}}}"#)
        #expect(fields.routes.map(\.text) == [#".spec.c[name="a\"b",port=80].x"#, #".spec.f[="z"]"#, ".spec.l[3]"])
    }

    // MARK: - Algebra

    @Test(arguments: 0..<300)
    func `the algebra of sets holds`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let (a, b, c) = (random.fieldSet(depth: 3), random.fieldSet(depth: 3), random.fieldSet(depth: 3))
        #expect(a.union(b) == b.union(a))
        #expect(a.union(b.union(c)) == a.union(b).union(c))
        #expect(a.intersection(b) == b.intersection(a))
        #expect(a.intersection(b.union(c)) == a.intersection(b).union(a.intersection(c)))
        #expect(a.union(a) == a && a.intersection(a) == a && a.subtracting(a).isEmpty)
        #expect(a.subtracting(b).union(a.intersection(b)) == a)
        #expect(a.subtracting(b).intersection(b).isEmpty)
        #expect(a.subtracting(b.union(c)) == a.subtracting(b).subtracting(c))
        #expect(Set(a.union(b).routes) == Set(a.routes).union(b.routes))
        #expect(Set(a.intersection(b).routes) == Set(a.routes).intersection(b.routes))
        #expect(Set(a.subtracting(b).routes) == Set(a.routes).subtracting(b.routes))
    }

    @Test(arguments: 0..<300)
    func `FieldsV1 goes round, and routes make the set again`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let fields = random.fieldSet(depth: 4)
        #expect(try FieldSet(fieldsV1: Value(json: fields.fieldsV1.json)) == fields)
        #expect(FieldSet(routes: fields.routes.shuffled(using: &random)) == fields)
        #expect(fields.routes.allSatisfy(fields.contains))
    }
}

extension SeededRandom {
    mutating func fieldSet(depth: Int) -> FieldSet {
        FieldSet(
            (0..<below(5)).map { _ in
                let isDeep = depth > 0 && below(2) == 0
                let below = isDeep ? fieldSet(depth: depth - 1) : FieldSet()
                return FieldSet.Branch(
                    element: pathElement(), node: .init(isMember: !isDeep || self.below(2) == 0, below: below))
            })
    }

    private mutating func pathElement() -> PathElement {
        switch below(5) {
        case 0, 1: .field(["a", "b", "c", "é", "a.b/c"][Int(below(5))])
        case 2: .value(scalar())
        case 3: .index(Int(below(3)))
        default: .key(ListKey(["x", "y"].prefix(Int(below(2)) + 1).map { .init(name: $0, value: scalar()) }))
        }
    }

    private mutating func scalar() -> Scalar {
        switch below(5) {
        case 0: .integer(Int64(below(3)))
        case 1: .number(Double(below(3)) + 0.5)
        case 2: .bool(below(2) == 0)
        case 3: .null
        default: .string(["", "a", "\"", "é"][Int(below(4))])
        }
    }
}
