import Documents
import Testing

@testable import DevCluster

/// Writes protobuf by hand, as Go's client does.
private func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
    precondition(bytes.count < 16_384)
    let length = bytes.count < 128 ? [UInt8(bytes.count)] : [UInt8(bytes.count & 0x7f) | 0x80, UInt8(bytes.count >> 7)]
    return [number << 3 | 2] + length + bytes
}
private func field(_ number: UInt8, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }
private func field(_ number: UInt8, varint: UInt8) -> [UInt8] { [number << 3, varint] }

private func envelope(_ apiVersion: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
    [0x6b, 0x38, 0x73, 0] + field(1, field(1, apiVersion) + field(2, kind)) + field(2, raw) + field(3, "") + field(4, "")
}

@Suite struct ProtobufTests {
    @Test func `a namespace as kubectl creates it`() throws {
        // Go writes members that nobody set, and empty messages.
        let metadata =
            field(1, "foo") + field(2, "") + field(3, "") + field(5, "") + field(6, "") + field(7, varint: 0) + field(8, [])
        let body = envelope("v1", "Namespace", field(1, metadata) + field(2, []) + field(3, field(1, "")))
        #expect(try ProtobufObject.value(body) == ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": "foo"]])
    }

    @Test func `lists, maps, pointers, bytes, times and what is either`() throws {
        let port =
            field(1, "http") + field(2, "TCP") + field(3, varint: 80)
            + field(4, field(1, varint: 1) + field(2, varint: 0) + field(3, "web"))
        let service =
            field(1, field(1, "s"))
            + field(2, field(1, port) + field(1, field(3, varint: 81)) + field(2, field(1, "app") + field(2, "web")))
        let read = try ProtobufObject.value(envelope("v1", "Service", service))
        #expect(
            read["spec"] == [
                "ports": [["name": "http", "protocol": "TCP", "port": 80, "targetPort": "web"], ["port": 81]],
                "selector": ["app": "web"],
            ])
        let deployment = field(2, field(1, varint: 0) + field(5, varint: 0) + field(2, []))
        #expect(
            try ProtobufObject.value(envelope("apps/v1", "Deployment", deployment))["spec"] == ["replicas": 0, "selector": [:]])
        let secret = field(2, field(1, "k") + field(2, "hi")) + field(1, field(8, field(1, varint: 60)))
        let secretRead = try ProtobufObject.value(envelope("v1", "Secret", secret))
        #expect(secretRead["data"] == ["k": "aGk="])
        #expect(secretRead[at: "metadata", "creationTimestamp"] == "1970-01-01T00:01:00Z")
        let lease = field(2, field(4, field(1, varint: 60) + field(2, varint: 0)))
        #expect(
            try ProtobufObject.value(envelope("coordination.k8s.io/v1", "Lease", lease))[at: "spec", "renewTime"]
                == "1970-01-01T00:01:00.000000Z")
        let rule = field(3, field(1, "a.b") + field(2, field(1, field(1, field(1, "/")))))
        #expect(
            try ProtobufObject.value(envelope("networking.k8s.io/v1", "Ingress", field(2, rule)))["spec"]
                == ["rules": [["host": "a.b", "http": ["paths": [["path": "/"]]]]]])
    }

    @Test func `an unknown member is refused unless it is empty`() throws {
        let empty = envelope("v1", "Namespace", field(15, []) + field(14, varint: 0))
        #expect(try ProtobufObject.value(empty) == ["apiVersion": "v1", "kind": "Namespace"])
        let full = #expect(throws: APIFailure.self) { try ProtobufObject.value(envelope("v1", "Namespace", field(15, "x"))) }
        #expect(full?.code == 415)
        #expect(full?.message.contains("field 15 of Namespace") == true)
        let kind = #expect(throws: APIFailure.self) { try ProtobufObject.value(envelope("batch/v1", "Job", [])) }
        #expect(kind?.message.contains("Job in version \"batch/v1\"") == true)
    }

    @Test func `damage at any place is an error and never a crash`() throws {
        let whole = envelope("v1", "Namespace", field(1, field(1, "foo") + field(8, field(1, varint: 1))))
        for count in 0..<whole.count { _ = try? ProtobufObject.value(Array(whole.prefix(count))) }
        for at in whole.indices {
            for byte in [0, 0x7f, 0x80, 0xff] as [UInt8] {
                var damaged = whole
                damaged[at] = byte
                _ = try? ProtobufObject.value(damaged)
            }
        }
        #expect(throws: APIFailure.self) { try ProtobufObject.value([0x6b, 0x38, 0x73, 0, 0xff]) }
        #expect(throws: APIFailure.self) { try ProtobufObject.value(Array("{}".utf8)) }
    }

    @Test func `every message of the table is complete`() {
        let scalars: Set<String> = ["string", "bytes", "bool", "int", "Time", "MicroTime", "Quantity", "IntOrString", "skip"]
        for name in ProtobufMessages.all.names {
            let fields = ProtobufMessages.all.fields(of: name) ?? [:]
            #expect(!fields.isEmpty, "\(name) has no fields")
            for field in fields.values {
                #expect(
                    scalars.contains(field.type) || ProtobufMessages.all.fields(of: field.type) != nil,
                    "\(name).\(field.name): no \(field.type)")
            }
        }
    }
}
