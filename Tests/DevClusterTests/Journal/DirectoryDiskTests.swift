import Documents
import Foundation
import Testing

@testable import DevCluster

@Suite struct DirectoryDiskTests {
    private let directory: String

    init() throws {
        directory = NSTemporaryDirectory() + "disk-" + Generated.uid()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    @Test func `it reads what was written, cuts, renames and removes`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let disk = try DirectoryDisk(path: directory, owner: "me")
        #expect(try disk.read("a") == nil)
        try disk.append([1, 2, 3], to: "a")
        try disk.append([4], to: "a")
        try disk.sync("a")
        try disk.truncate("a", to: 2)
        try disk.append([9], to: "a")
        try disk.rename("a", to: "b")
        try disk.syncNames()
        try disk.append([8], to: "b")
        #expect(try disk.read("b") == [1, 2, 9, 8])
        #expect(try disk.read("a") == nil)
        try disk.remove("b")
        try disk.remove("b")
        #expect(try disk.read("b") == nil)
    }

    @Test func `it belongs to one at a time, who is named`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var first: DirectoryDisk? = try DirectoryDisk(path: directory, owner: "process 7")
        let refused = #expect(throws: DevClusterFailure.self) { try DirectoryDisk(path: directory, owner: "process 8") }
        #expect(
            refused?.description
                == "the state directory \(directory) is in use by another process (process 7); end it or name another directory")
        #expect(first != nil)
        first = nil
        _ = try DirectoryDisk(path: directory, owner: "process 8")
        let missing = #expect(throws: DevClusterFailure.self) { try DirectoryDisk(path: directory + "/none", owner: "x") }
        #expect(missing?.description.contains("No such file or directory") == true)
    }

    @Test func `a cluster on it goes on in the next one, under the same kubeconfig`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var settings = DevCluster.Settings()
        settings.credentialsDirectory = directory + "/pki"
        settings.disk = try DirectoryDisk(path: directory, owner: "first")
        let first = try DevCluster(settings: settings)
        let made = try first.store.create(.configMaps, namespace: "default", configMap("a"))
        let kubernetes = first.store.object(.services, namespace: "default", name: "kubernetes")
        first.stop()
        let second = try DevCluster(settings: settings)
        defer { second.stop() }
        #expect(second.store.object(.configMaps, namespace: "default", name: "a") == made)
        let again = second.store.object(.services, namespace: "default", name: "kubernetes")
        #expect(again?.uid == kubernetes?.uid && again?[at: "spec", "clusterIP"] == "10.96.0.1")
        #expect(again?[at: "spec", "ports"]?.array?.first?["targetPort"] == .integer(Int64(second.port)))
    }
}
