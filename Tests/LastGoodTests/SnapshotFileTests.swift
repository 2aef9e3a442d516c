import Base
import Documents
@testable import LastGood
import Testing

/// The file's text: what was written is read, and anything else is a fault.
@Suite struct SnapshotFileTests {
    private static let objects: [Value] = [
        ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "a\nb \"é\""]], ["x": [1, .number(2.5), true, .null]],
    ]

    private static func bytes(_ objects: [Value] = objects, count: Int? = nil) -> [UInt8] {
        let header = SnapshotFile.Header(written: 17, cluster: "c", objects: count ?? objects.count)
        return SnapshotFile.parts(header, program: "test", lines: objects.map { $0.json + [0x0a] }, hash: LastGood.hash).flatMap {
            $0
        }
    }

    private static func fault(_ bytes: [UInt8]) -> SnapshotFile.Fault? {
        do throws(SnapshotFile.Fault) {
            _ = try SnapshotFile(bytes, hash: LastGood.hash)
            return nil
        } catch {
            return error
        }
    }

    @Test func `what was written is read`() throws {
        let file = try SnapshotFile(Self.bytes(), hash: LastGood.hash)
        #expect(file.header == SnapshotFile.Header(written: 17, cluster: "c", objects: 2))
        #expect(file.objects.map(\.value) == Self.objects)
        #expect(try SnapshotFile(Self.bytes([]), hash: LastGood.hash).objects.isEmpty)
    }

    @Test func `every change of a byte, and every shorter file, is a fault`() {
        let whole = Self.bytes()
        for i in whole.indices {
            var changed = whole
            changed[i] ^= 1
            #expect(Self.fault(changed) != nil, "byte \(i)")
            #expect(Self.fault(Array(whole[..<i])) != nil, "cut at \(i)")
        }
        #expect(Self.fault(whole + [0x20]) != nil)
    }

    @Test func `faults are told apart`() {
        #expect(Self.fault([]) == .notASnapshot)
        #expect(Self.fault(Array("hello\n".utf8)) == .notASnapshot)
        #expect(Self.fault(Array("martlet-snapshot 2 zzz\n".utf8)) == .otherVersion("2"))
        #expect(Self.fault(Array("martlet-snapshot 1 00\n{}\n".utf8)) == .damaged("its checksum does not hold"))
        #expect(Self.fault(Self.bytes(count: 3)) == .damaged("it says 3 objects and has 2"))
        let headless = "not json\n"
        let hash = LastGood.hash([Array(headless.utf8)])
        guard case .damaged? = Self.fault(Array("martlet-snapshot 1 \(hash)\n\(headless)".utf8)) else {
            Issue.record("a header that is no JSON is damage")
            return
        }
    }
}
