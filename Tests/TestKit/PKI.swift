public import Foundation
import Testing

/// A throw-away certificate authority made by the openssl command.
public struct PKI: Sendable {
    public let directory: URL

    public init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-pki-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt")
        try issue("server", subject: "/CN=server", extensions: "subjectAltName=IP:127.0.0.1")
        try issue("named", subject: "/CN=named", extensions: "subjectAltName=DNS:api.example.com")
        try issue("client", subject: "/CN=tester", extensions: "extendedKeyUsage=clientAuth")
    }

    public func path(_ name: String) -> String { directory.appendingPathComponent(name).path }
    public func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: directory.appendingPathComponent(name))) }

    /// Makes `name.crt` and `name.key`, signed by this authority.
    public func issue(_ name: String, subject: String, extensions: String) throws {
        try Data(extensions.utf8).write(to: directory.appendingPathComponent(name + ".ext"))
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj \(subject) -keyout \(name).key -out \(name).csr")
        try openssl(
            "x509 -req -in \(name).csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).crt")
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}
