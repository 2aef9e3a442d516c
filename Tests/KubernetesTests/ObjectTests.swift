import Documents
import Testing

@testable import Kubernetes

struct ObjectTests {
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

    /// Read from an object, a list or an event, the bookkeeping is not even built.
    @Test func `bookkeeping is left out while JSON is read, on every path`() throws {
        let metadata =
            #"{"name":"a","managedFields":[{"f":{}}],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","b":"c"}}"#
        let lean: Value = ["metadata": ["name": "a", "annotations": ["b": "c"]]]
        let object = #"{"metadata":\#(metadata)}"#
        #expect(try Value(json: Array(object.utf8), omitting: Object.bookkeeping) == lean)
        let items = try Value(
            json: Array(#"{"items":[\#(object),\#(object)]}"#.utf8), omitting: ObjectReader.whole.omittedOfItems)
        #expect(items == ["items": [lean, lean]])
        let event = #"{"type":"ADDED","object":\#(object)}"#
        #expect(
            try Value(json: Array(event.utf8), omitting: ObjectReader.whole.omittedOfEvents) == ["type": "ADDED", "object": lean])
    }
}
