import Documents
import Resources
import Testing

@testable import Translator

@Suite struct StoredTests {
    private func stored<R: Resource>(_: R.Type, _ json: String, keepsValues: Bool = true) throws -> Stored<R>? {
        Stored<R>(
            Located(packed: try Packed(json: Array(json.utf8))), defaultNamespace: "default", keepsValues: keepsValues)
    }

    @Test func `a stored object is one word and one piece of memory`() throws {
        #expect(MemoryLayout<Stored<Route>?>.size == MemoryLayout<UInt>.size)
        let service = """
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s1", "namespace": "bench",
             "uid": "9d0fd1ad-4a1c-4bd0-8d5c-000000000001", "creationTimestamp": "2026-01-01T00:00:00Z"},
             "spec": {"clusterIP": "10.96.0.1", "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}
            """
        // Its document packed, and nine bytes.
        let packed = try #require(try stored(Service.self, service)).packed
        #expect(packed.count <= 100)
        #expect(packed.count == Packed(packed.value).count + 9)
    }

    @Test(
        arguments: [
            (#"{"metadata": {"name": "a", "namespace": "shop"}}"#, "shop/a"),
            (#"{"metadata": {"namespace": "shop", "labels": {"name": "x"}, "name": "a"}}"#, "shop/a"),
            (#"{"metadata": {"name": "a"}}"#, "default/a"),
            (#"{"metadata": {"name": "a", "namespace": 5}}"#, "default/a"),
            (#"{"metadata": {"name": "kube-system", "namespace": "default"}}"#, "default/kube-system"),
            (#"{"metadata": {"name": "x", "namespace": "shop", "name": "a"}}"#, "shop/a"),
            (
                #"{"spec": {"metadata": {"name": "b"}}, "metadata": {"name": "a-name-that-is-longer-than-most", "namespace": "shop"}}"#,
                "shop/a-name-that-is-longer-than-most"
            ),
        ])
    func `an object is found under its name, wherever that stands`(json: String, key: String) throws {
        let object = try #require(try stored(Service.self, json))
        #expect(object.key.description == key)
        #expect(object.reference.description == "Service \(key)")
    }

    @Test func `what has no name is not stored, and what lives in no namespace has none`() throws {
        #expect(try stored(Service.self, #"{"metadata": {"name": 5}}"#) == nil)
        #expect(try stored(Service.self, #"{"kind": "Service"}"#) == nil)
        #expect(try stored(Namespace.self, #"{"metadata": {"name": "shop"}}"#)?.key.description == "shop")
    }

    @Test func `without its values a Secret has its name, its keys and what was found wrong with it`() throws {
        for data in [#"{"a": "eA=="}"#, "5"] {
            let json = #"{"kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "data": \#(data)}"#
            let whole = try #require(try stored(Secret.self, json))
            let elided = whole.withoutValues
            #expect(!whole.isElided && elided.isElided)
            #expect(elided.key == whole.key && elided.isPlain == whole.isPlain && elided.problems == whole.problems)
            #expect(elided.problems.isEmpty == (data != "5"))
            #expect(!elided.says(theSameAs: whole) && elided == elided.withoutValues)
            #expect(try elided == stored(Secret.self, json, keepsValues: false))
        }
    }
}
