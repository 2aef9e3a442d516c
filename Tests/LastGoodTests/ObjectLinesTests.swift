import Base
import Documents
@testable import LastGood
import Resources
import Testing

/// The lines of a file follow what the cluster says.
@Suite struct ObjectLinesTests {
    private func service(_ namespace: String, _ name: String, _ port: Int64, extra: Value = .null) -> Value {
        [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["namespace": .string(namespace), "name": .string(name), "resourceVersion": extra],
            "spec": ["ports": [["port": .integer(port)]]], "status": ["loadBalancer": extra],
        ]
    }

    /// A mutating call cannot stand inside `#expect`.
    private func expect(_ isChanged: Bool, is expected: Bool, _ location: SourceLocation = #_sourceLocation) {
        #expect(isChanged == expected, sourceLocation: location)
    }

    private func names(_ lines: ObjectLines) throws -> [String] {
        try lines.text.split(separator: 0x0a).map { line in
            let value = try Value(json: Array(line))
            return (value[at: "metadata", "namespace"]?.string ?? "") + "/" + (value[at: "metadata", "name"]?.string ?? "")
        }.sorted()
    }

    @Test func `objects come, change and go`() throws {
        var lines = ObjectLines()
        expect(lines.take(.replaced(Service.kind, namespace: nil, [service("a", "x", 1), service("b", "x", 1)])), is: true)
        expect(lines.take(.put(Service.kind, service("a", "x", 1))), is: false)
        expect(lines.take(.put(Service.kind, service("a", "x", 2))), is: true)
        #expect(try names(lines) == ["a/x", "b/x"])
        expect(lines.take(.replaced(Service.kind, namespace: "a", [service("a", "y", 1)])), is: true)
        #expect(try names(lines) == ["a/y", "b/x"])
        expect(lines.take(.removed(Service.kind, namespace: "b", name: "x")), is: true)
        expect(lines.take(.removed(Service.kind, namespace: "b", name: "x")), is: false)
        #expect(try names(lines) == ["a/y"])
        #expect(lines.bytes == lines.text.count)
    }

    @Test func `what no translation sees is no change`() {
        var lines = ObjectLines()
        _ = lines.take(.put(Service.kind, service("a", "x", 1)))
        expect(lines.take(.put(Service.kind, service("a", "x", 1, extra: "7"))), is: false)
    }

    @Test func `of Secrets the values of those that are referred to are kept, and of certificates until that is known`() throws {
        let secret = { (name: String, type: String) -> Value in
            [
                "apiVersion": "v1", "kind": "Secret", "metadata": ["namespace": "a", "name": .string(name)],
                "type": .string(type), "data": ["tls.key": "c2VjcmV0"], "stringData": ["p": "secret"],
            ]
        }
        let reference = { ObjectReference(group: "", kind: "Secret", namespace: "a", name: $0) }
        let text = { (lines: ObjectLines) in String(decoding: lines.text, as: UTF8.self) }
        var lines = ObjectLines()
        _ = lines.take(.put(Secret.kind, secret("password", "Opaque")))
        #expect(!text(lines).contains("c2VjcmV0"))
        #expect(!text(lines).contains(#""secret""#))
        // The keys stay.
        #expect(text(lines).contains("tls.key"))
        _ = lines.take(.put(Secret.kind, secret("one", Secret.certificateType)))
        #expect(text(lines).contains("c2VjcmV0"))
        expect(lines.keepSecrets([reference("one")]), is: false)
        #expect(text(lines).contains("c2VjcmV0"))
        // Nobody refers to it any longer.
        expect(lines.keepSecrets([reference("password")]), is: true)
        #expect(!text(lines).contains("c2VjcmV0"))
        // The one that is referred to now is read again.
        expect(lines.take(.put(Secret.kind, secret("password", "Opaque"))), is: true)
        #expect(text(lines).contains("c2VjcmV0"))
        expect(lines.take(.put(Secret.kind, secret("one", Secret.certificateType))), is: false)
        #expect(lines.count == 2)
        #expect(lines.bytes == lines.text.count)
    }
}
