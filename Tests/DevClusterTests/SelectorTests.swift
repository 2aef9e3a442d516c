import Documents
import Testing

@testable import DevCluster

@Suite struct SelectorTests {
    @Test(arguments: [
        ("app=web", true), ("app==web", true), ("app!=web", false), ("app in (web,api)", true), ("app in (api)", false),
        ("app notin (api)", true),
        ("app", true), ("!app", false), ("!canary", true), ("canary", false), ("tier!=x", true), ("tier notin (x)", true),
        ("app=web,n>4", true),
        ("n>5", false), ("n<6", true), ("app=web , n in (4, 5)", true), ("", true), ("app=", false), ("example.com/x=1", true),
    ])
    func `labels are selected as kubectl writes it`(_ text: String, _ expected: Bool) throws {
        let labels: Value = ["app": "web", "n": "5", "example.com/x": "1"]
        #expect(try LabelSelector(parsing: text).matches(labels.object ?? .init()) == expected)
    }

    @Test(arguments: ["a=b=c", "a in b", "a in (b", "=b", "a,,b", "a=b,", "a b", "-a=b", "a=-", "n>x"])
    func `what is no label selector is refused`(_ text: String) {
        #expect(throws: APIFailure.self) { try LabelSelector(parsing: text) }
    }

    @Test func `a workload's selector has labels and expressions`() {
        let selector = LabelSelector([
            "matchLabels": ["app": "web"],
            "matchExpressions": [
                ["key": "v", "operator": "In", "values": ["1", "2"]], ["key": "old", "operator": "DoesNotExist"],
            ],
        ])
        func matches(_ labels: Value) -> Bool { selector.matches(labels.object ?? .init()) }
        #expect(matches(["app": "web", "v": "2"]))
        #expect(!matches(["app": "web", "v": "3"]))
        #expect(!matches(["app": "web", "v": "1", "old": ""]))
    }

    private let event: Value = [
        "metadata": ["name": "e", "namespace": "shop"], "involvedObject": ["name": "web", "kind": "Service"], "type": "Warning",
        "source": ["component": "martlet"],
    ]

    @Test(arguments: [
        ("metadata.name=e", true), ("metadata.namespace!=shop", false), ("involvedObject.name=web,type=Warning", true),
        ("type!=Normal", true),
        ("involvedObject.uid=", true), ("source=martlet", true), ("involvedObject.name=we\\,b", false), ("", true),
    ])
    func `fields are selected where the kind allows it`(_ text: String, _ expected: Bool) throws {
        let kind = try #require(try store().kinds.preferred(.events))
        #expect(try FieldSelector(parsing: text, for: kind).matches(event) == expected)
    }

    @Test(arguments: ["spec.foo=x", "metadata.name", "status.phase=Running"])
    func `other fields are refused`(_ text: String) throws {
        let kind = try #require(try store().kinds.preferred(.events))
        #expect(throws: APIFailure.self) { try FieldSelector(parsing: text, for: kind) }
    }

    @Test func `a watch sees objects enter and leave its selection`() throws {
        let store = try store()
        let selection = Selection(labels: try LabelSelector(parsing: "on"))
        let watch = try store.watch(.configMaps)
        try store.create(.configMaps, namespace: "shop", configMap("a"))
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setMetadata("labels", ["on": "1"]) }
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0["data"] = ["a": "c"] }
        try store.edit(.configMaps, namespace: "shop", name: "a") { $0.setMetadata("labels", nil) }
        try store.delete(.configMaps, namespace: "shop", name: "a")
        let events = try watch.events()
        #expect(events.map(selection.view) == [nil, .added, .modified, .deleted, nil])
    }

    @Test func `versions are preferred as Kubernetes prefers them`() {
        let sorted = ["v1alpha1", "v2", "foo", "v1beta2", "v1", "v1beta10", "v11"].sorted { VersionRank($0) > VersionRank($1) }
        #expect(sorted == ["v11", "v2", "v1", "v1beta10", "v1beta2", "v1alpha1", "foo"])
    }
}
