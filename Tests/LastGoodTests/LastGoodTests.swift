import Documents
import Foundation
@testable import LastGood
import Reactor
import Resources
import Synchronization
import Telemetry
import Testing
import Translator

/// Keeping and recalling, with real files in a folder of the test's own.
@Suite struct LastGoodTests {
    /// A folder that goes with the test, and what was logged.
    private final class Place: Sendable {
        let path: String
        private let lines = Mutex<[LogEvent]>([])

        init() {
            path = FileManager.default.temporaryDirectory.appending(path: "martlet-last-good-\(UUID().uuidString)").path()
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func open(cluster: String? = "c", maximumAge: Duration = .seconds(60)) -> LastGood {
            LastGood(
                .init(folder: path, maximumAge: maximumAge), identity: { cluster }, isCurrent: { true },
                log: { [self] event in lines.withLock { $0.append(event) } })
        }

        var file: String { path + "/c.snapshot" }

        /// Reasons of refusals so far.
        var reasons: [String] {
            lines.withLock { $0.flatMap { $0.fields.filter { $0.name == "reason" }.map(\.value) } }
        }

        func mode(_ path: String) throws -> Int {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return try #require(attributes[.posixPermissions] as? Int)
        }
    }

    private static let service: Value = [
        "apiVersion": "v1", "kind": "Service", "metadata": ["namespace": "a", "name": "x"], "spec": ["type": "ClusterIP"],
    ]

    private static func snapshot(_ object: Value = service) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.put(Located(value: object))
        return snapshot
    }

    private func keep(_ place: Place, _ object: Value = service) -> LastGood {
        let keeper = place.open()
        keeper.remember(isChanged: true, isComplete: true) { Self.snapshot(object) }
        keeper.stop()
        return keeper
    }

    @Test func `what was kept is found again, and is its owner's alone`() throws {
        let place = Place()
        let keeper = keep(place)
        #expect(keeper.figures.writes == 1)
        #expect(try place.mode(place.path) == 0o700)
        #expect(try place.mode(place.file) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["c.snapshot"])
        let found = try #require(place.open().recall())
        #expect(found.objects.map(\.value) == [Self.service])
        #expect(found.written == keeper.figures.lastWritten)
    }

    @Test func `nothing is kept before everything was listed`() {
        let place = Place()
        let keeper = place.open()
        keeper.remember(isChanged: true, isComplete: false) { Self.snapshot() }
        keeper.stop()
        #expect(!FileManager.default.fileExists(atPath: place.file))
        #expect(place.open().recall() == nil)
    }

    @Test func `another cluster's, an old one and a damaged one are refused`() throws {
        let place = Place()
        _ = keep(place)
        try FileManager.default.copyItem(atPath: place.file, toPath: place.path + "/d.snapshot")
        #expect(place.open(cluster: "d").recall() == nil)
        #expect(place.open(cluster: nil).recall() == nil)
        #expect(place.open(maximumAge: .seconds(-1)).recall() == nil)
        var bytes = try #require(FileManager.default.contents(atPath: place.file))
        bytes[bytes.count - 3] ^= 1
        try #require(FileManager.default.contents(atPath: place.file)?.count == bytes.count)
        try bytes.write(to: URL(filePath: place.file))
        #expect(place.open().recall() == nil)
        #expect(
            place.reasons == [
                "it is of another cluster, or of other namespaces of it",
                "the certificate authorities cannot be read, so that nobody knows which cluster it would be",
                "it is 0 s old; --snapshot-max-age says how old it may be",
                "the snapshot is damaged: its checksum does not hold",
            ])
    }

    @Test func `what others may read, and links, are refused`() throws {
        let place = Place()
        _ = keep(place)
        let files = FileManager.default
        try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: place.file)
        #expect(place.open().recall() == nil)
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.file)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: place.path)
        #expect(place.open().recall() == nil)
        // Nor is anything written there.
        #expect(keep(place).figures.failures > 0)
        try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place.path)
        try files.moveItem(atPath: place.file, toPath: place.path + "/real")
        try files.createSymbolicLink(atPath: place.file, withDestinationPath: place.path + "/real")
        #expect(place.open().recall() == nil)
        let reasons = place.reasons
        #expect(reasons.count == 4)
        #expect(reasons[0].contains("others may use it (mode 640)"))
        #expect(reasons[1].contains("others may use it (mode 755)"))
        #expect(reasons[3].contains("symbolic link"))
    }

    @Test func `a failure to write leaves the old one, and is told once`() throws {
        let place = Place()
        _ = keep(place)
        // A folder in the place of the new file cannot be removed as a file is: writing fails, whoever runs the test.
        try FileManager.default.createDirectory(atPath: place.file + ".new", withIntermediateDirectories: false)
        let changed: Value = ["apiVersion": "v1", "kind": "Service", "metadata": ["namespace": "a", "name": "y"]]
        let keeper = keep(place, changed)
        #expect(keeper.figures.failures > 0)
        #expect(!keeper.figures.failure.isEmpty)
        #expect(place.open().recall()?.objects.map(\.value) == [Self.service])
        #expect(place.reasons.count == 1)
    }

    @Test func `two replicas write one after the other`() throws {
        let place = Place()
        let keepers = (0..<8).map { _ in place.open() }
        for keeper in keepers { keeper.remember(isChanged: true, isComplete: true) { Self.snapshot() } }
        for keeper in keepers { keeper.stop() }
        #expect(keepers.allSatisfy { $0.figures.failures == 0 })
        #expect(place.open().recall()?.objects.map(\.value) == [Self.service])
        #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["c.snapshot"])
    }

    @Test func `nothing is written when nobody knows the state any more`() {
        let place = Place()
        let keeper = place.open()
        keeper.remember(isChanged: true, isComplete: true) { nil }
        keeper.stop()
        #expect(!FileManager.default.fileExists(atPath: place.file))
    }

    @Test func `a snapshot that was written makes the same snapshot, however many pieces it takes`() throws {
        var snapshot = Snapshot()
        for i in 0..<9000 {
            var service = Self.service
            service["metadata"]?["name"] = .string("x\(i)")
            service["metadata"]?["uid"] = .string("9d0fd1ad-4a1c-4bd0-8d5c-9d0fd1ad4a1c")
            snapshot.put(Located(value: service))
        }
        let place = Place()
        let keeper = place.open()
        keeper.remember(isChanged: true, isComplete: true) { [snapshot] in snapshot }
        keeper.stop()
        #expect(LastGood.lines(snapshot).count > 1)
        var found = Snapshot()
        for object in try #require(place.open().recall()).objects { found.put(Located(packed: object)) }
        #expect(found.count == 9000)
        #expect(
            Set(LastGood.lines(found).joined().split(separator: 10))
                == Set(LastGood.lines(snapshot).joined().split(separator: 10)))
    }

    @Test func `the place is this user's and in memory by default`() {
        #expect(SnapshotPlace(nil).path(environment: ["XDG_RUNTIME_DIR": "/run/user/7"], user: 7) == "/run/user/7/martlet")
        #expect(SnapshotPlace(nil).path(environment: [:], user: 7) == "/dev/shm/martlet-7")
        #expect(SnapshotPlace("none").path(environment: [:], user: 7) == nil)
        #expect(SnapshotPlace("/var/lib/x").path(environment: [:], user: 7) == "/var/lib/x/martlet-7")
    }
}
