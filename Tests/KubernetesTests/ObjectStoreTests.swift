import Documents
import Testing

@testable import Kubernetes

struct ObjectStoreTests {
    @Test func `a replacement keeps unchanged objects and names what changed`() throws {
        let a = try #require(object("a", "1", namespace: "x"))
        let b = try #require(object("b", "1", namespace: "x"))
        let c = try #require(object("c", "1", namespace: "y"))
        var store = ObjectStore([a, b, c])
        let again = try #require(object("a", "1", namespace: "x"))
        let newer = try #require(object("b", "2", namespace: "x"))
        let changed = store.replace(namespace: nil, with: [again, newer])
        #expect(Set(changed) == [b.key, c.key])
        #expect(store[a.key] === a)
        #expect(store[b.key] === newer)
        #expect(store.count == 2)
    }

    @Test func `a replacement of one namespace leaves the others alone`() throws {
        var store = ObjectStore([try #require(object("a", "1", namespace: "x")), try #require(object("c", "1", namespace: "y"))])
        #expect(store.replace(namespace: "x", with: []) == [ObjectKey(namespace: "x", name: "a")])
        #expect(store.sorted.map(\.key.description) == ["y/c"])
    }

    @Test func `a copy does not see later changes, and the same version is no change`() throws {
        var store = ObjectStore([try #require(object("a", "1"))])
        let snapshot = store
        #expect(store.put(try #require(object("a", "1"))) == false)
        #expect(store.put(try #require(object("a", "2"))))
        #expect(store.remove(ObjectKey(namespace: "", name: "nobody")) == false)
        #expect(snapshot[ObjectKey(namespace: "", name: "a")]?.resourceVersion == "1")
    }

    @Test func `bookkeeping is dropped, and everything else is kept`() throws {
        let value: Value = [
            "metadata": [
                "name": "a", "managedFields": [["manager": "kubectl"]],
                "annotations": ["kubectl.kubernetes.io/last-applied-configuration": "{}", "mine": "yes"],
            ], "spec": ["x": 1],
        ]
        let lean = try #require(Object(value)).value
        #expect(lean == ["metadata": ["name": "a", "annotations": ["mine": "yes"]], "spec": ["x": 1]])
        #expect(Object(["metadata": [:]]) == nil)
    }
}
