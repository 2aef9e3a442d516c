import Documents
import Testing

@testable import DevCluster

@Suite struct SimpleJSONPathTests {
    private let object: Value = [
        "spec": ["replicas": 3, "list": [["n": "a", "v": 1], ["n": "b", "v": 2]]],
        "metadata": ["labels": ["app.kubernetes.io/name": "web"]],
    ]

    @Test(arguments: [
        (".spec.replicas", "[3]"), ("{.spec.replicas}", "[3]"), ("spec.replicas", "[3]"), ("$.spec.replicas", "[3]"),
        (".spec.list[0].n", #"["a"]"#),
        (".spec.list[-1].n", #"["b"]"#), (".spec.list[*].v", "[1,2]"), (#".spec.list[?(@.n=="b")].v"#, "[2]"),
        (".spec.list[?(@.v==1)].n", #"["a"]"#),
        (#".metadata.labels.app\.kubernetes\.io/name"#, #"["web"]"#), (".metadata.labels['app.kubernetes.io/name']", #"["web"]"#),
        (".spec.none", "[]"),
        (".spec.replicas.deeper", "[]"), (".spec.list[7]", "[]"),
    ])
    func `a path finds what it names`(path: String, found: String) throws {
        #expect(Value.array(try #require(SimpleJSONPath(path)).all(in: object)).jsonText == found)
    }

    @Test(arguments: ["", ".spec[", ".spec[?(x)]", ".spec..x", ".a[b]"])
    func `what is no path is refused`(path: String) { #expect(SimpleJSONPath(path) == nil) }
}
