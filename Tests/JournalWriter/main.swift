// Writes to a store with a journal until it is killed, and says on standard output what was acknowledged:
// THREAD NUMBER NAME RESOURCE-VERSION UID, one line a write. See Tests/DevClusterTests/Journal/KillTests.swift.
//
//   journal-writer DIRECTORY THREADS
import DevCluster
import Documents
import Foundation
import Reactor

let directory = CommandLine.arguments[1]
let threads = Int(CommandLine.arguments[2]) ?? 1
var settings = ClusterStore.Settings()
settings.journalBytes = 16 << 10
let kinds = [
    KindSchema(group: "", version: "v1", kind: "Namespace", plural: "namespaces", isNamespaced: false),
    KindSchema(group: "", version: "v1", kind: "ConfigMap", plural: "configmaps", isNamespaced: true),
]
let maps = ResourceKey("configmaps")
let disk = try DirectoryDisk(path: directory, owner: "journal-writer")
let store = try ClusterStore(kinds: kinds, settings: settings, disk: disk) { _ in }
try store.ensure(.namespaces, ["metadata": ["name": "shop"]])

/// Each thread has names of its own and writes the same in each run: makes an object, changes it, deletes every other one.
@Sendable func write(_ number: Int, _ thread: Int) throws {
    let name = "t\(thread)-\(number / 3)"
    let data: Value = ["n": .string("\(number)"), "text": .string(String(repeating: "x", count: number % 700))]
    var object: Value = [:]
    switch number % 3 {
    case 0: object = try store.create(maps, namespace: "shop", ["metadata": ["name": .string(name)], "data": data])
    case 1: object = try store.edit(maps, namespace: "shop", name: name) { $0["data"] = data }
    default:
        if number % 2 == 0 {
            try store.delete(maps, namespace: "shop", name: name)
        } else {
            object = try store.edit(maps, namespace: "shop", name: name) { $0["data"] = data }
        }
    }
    let (version, uid) = (object[at: "metadata", "resourceVersion"]?.string, object[at: "metadata", "uid"]?.string)
    try FileHandle.standardOutput.write(
        contentsOf: Data("\(thread) \(number) \(name) \(version ?? "-") \(uid ?? "-")\n".utf8))
}

for thread in 0..<threads {
    SystemThread.start("writer") {
        for number in 0... {
            do { try write(number, thread) } catch { exit(1) }
        }
    }
}
while true { pause() }
