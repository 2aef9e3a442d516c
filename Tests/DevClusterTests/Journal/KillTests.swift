import Base
import Documents
import Foundation
import Glibc
import Testing

@testable import DevCluster

/// A process that writes is killed, again and again, and the next store on the same directory has everything that it acknowledged.
@Suite struct KillTests {
    private static let threads = 3

    private struct Acknowledged {
        var number: Int
        var name: String
        var version: String
        var uid: String
    }

    @Test func `a process killed in mid-write loses nothing that it acknowledged`() throws {
        let root = NSTemporaryDirectory() + "journal-" + Generated.uid()
        defer { try? FileManager.default.removeItem(atPath: root) }
        for seed in 0..<100 as Range<UInt64> {
            let directory = "\(root)/\(seed)"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            var random = SeededRandom(seed: seed)
            let lines = try linesUntilKilled(directory, after: 1 + Int(random.below(120)))
            let store = try ClusterStore(
                kinds: BuiltInKinds.all, disk: DirectoryDisk(path: directory, owner: "test"), complain: { _ in })
            let found = Dictionary(uniqueKeysWithValues: store.list(.configMaps).map { ($0.name, $0) })
            for thread in 0..<Self.threads {
                check(thread, lines.filter { $0.thread == thread }.map(\.line), found, "seed \(seed) thread \(thread)")
            }
            #expect(found.values.allSatisfy { Int64($0.resourceVersion) ?? .max < store.currentVersion })
        }
    }

    private static let program = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        .appending(path: "journal-writer")

    private func linesUntilKilled(_ directory: String, after count: Int) throws -> [(thread: Int, line: Acknowledged)] {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = [directory, "\(Self.threads)"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var bytes = Data()
        while bytes.count(where: { $0 == 10 }) < count {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { break }
            bytes += more
        }
        kill(process.processIdentifier, SIGKILL)
        bytes += output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        // The kill may have cut the last line, too.
        let whole = bytes.prefix(through: bytes.lastIndex(of: 10) ?? bytes.startIndex)
        return String(decoding: whole, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 5, let thread = Int(words[0]), let number = Int(words[1]) else { return nil }
            return (thread, Acknowledged(number: number, name: words[2], version: words[3], uid: words[4]))
        }
    }

    /// Everything up to the last acknowledged write is there as it was, and at most the next write besides.
    private func check(_ thread: Int, _ lines: [Acknowledged], _ found: [String: Value], _ context: Comment) {
        let last = lines.last?.number ?? -1
        #expect(lines.map(\.number) == Array(0..<max(0, last + 1)), context)
        let mine = found.filter { $0.key.hasPrefix("t\(thread)-") }
        let states = [last, last + 1].map { Self.expected(thread, through: $0) }
        let actual = mine.mapValues { Int($0[at: "data", "n"]?.string ?? "") ?? -1 }
        #expect(states.contains(actual), context)
        for object in mine.values {
            let number = actual[object.name] ?? -1
            guard number >= 0, number <= last else { continue }
            #expect(object.resourceVersion == lines[number].version && object.uid == lines[number].uid, context)
            #expect(object[at: "data", "text"]?.string?.utf8.count == number % 700, context)
        }
    }

    /// What `journal-writer` has made of a thread's objects with the writes up to this one: names and the number of their last write.
    private static func expected(_ thread: Int, through last: Int) -> [String: Int] {
        var objects: [String: Int] = [:]
        for number in stride(from: 0, through: last, by: 1) {
            let name = "t\(thread)-\(number / 3)"
            objects[name] = number % 3 == 2 && number % 2 == 0 ? nil : number
        }
        return objects
    }
}
