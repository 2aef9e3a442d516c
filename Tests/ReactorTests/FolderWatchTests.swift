import Foundation
import Reactor
import Testing

@Suite struct FolderWatchTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("folder-watch-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    @Test func `a file written, renamed into place or removed is a change, and silence is none`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let watch = try FolderWatch()
        try watch.add(folder.path)
        #expect(watch.wait(milliseconds: 0) == .quiet)
        let file = folder.appendingPathComponent("a.yaml")
        try Data("a".utf8).write(to: file)
        #expect(watch.wait(milliseconds: 1000) == .changed)
        try Data("b".utf8).write(to: file, options: .atomic)
        #expect(watch.wait() == .changed)
        #expect(watch.wait(milliseconds: 0) == .quiet)
        try FileManager.default.removeItem(at: file)
        #expect(watch.wait() == .changed)
    }

    @Test func `a wait is ended by stop`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let watch = try FolderWatch()
        watch.stop()
        #expect(watch.wait() == .stopped)
    }

    @Test func `a folder that is not there is an error that names it`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let watch = try FolderWatch()
        let missing = folder.path + "/missing"
        let error = #expect(throws: SystemError.self) { try watch.add(missing) }
        #expect(error?.description.contains(missing) == true)
    }
}
