import Base
import Documents
import Testing

@testable import Peers

@Suite struct PeerPlaceTests {
    private func slice(_ endpoints: [Value], port: Int64 = 9_903) -> Value {
        ["metadata": ["namespace": "edge"], "ports": [["port": .integer(port)]], "endpoints": .array(endpoints)]
    }

    private func pod(_ name: String, _ address: String, _ conditions: Value = [:]) -> Value {
        [
            "addresses": [.string(address)], "conditions": conditions,
            "targetRef": ["kind": "Pod", "name": .string(name), "uid": .string("uid-\(name)")],
        ]
    }

    @Test func `a pod of two families is one place, and this pod is none`() throws {
        let four = slice([pod("a", "192.0.2.1"), pod("b", "192.0.2.2")])
        let six = slice([pod("b", "2001:db8::2"), pod("a", "2001:db8::1")])
        let places = PeerPlace.all(in: [four, six], own: "a")
        #expect(places.map(\.name) == ["b"])
        #expect(places.first?.addressText == "192.0.2.2:9903, [2001:db8::2]:9903")
        #expect(places.first?.pod?.uid == "uid-b")
    }

    @Test func `who is not ready or on its way out is not asked`() {
        let slice = slice([
            pod("a", "192.0.2.1", ["ready": false]), pod("b", "192.0.2.2", ["ready": true, "terminating": true]),
            pod("c", "192.0.2.3", ["ready": .null]), pod("d", "no address"),
        ])
        #expect(PeerPlace.all(in: [slice], own: "").map(\.name) == ["c"])
    }

    @Test func `an address that nothing names goes by itself, and slices that say nothing are nothing`() {
        let places = PeerPlace.all(
            in: [slice([["addresses": ["127.0.0.2"]]], port: 70_000), slice([["addresses": ["127.0.0.2"]]]), [:], "text"], own: ""
        )
        #expect(places.map(\.name) == ["127.0.0.2:9903"])
    }
}
