import Foundation
import Testing

/// `openssl s_server -www`: answers every request with a page about the connection.
public final class TLSServer: Sendable {
    public let url: String
    private let process = Process()

    public init(_ pki: PKI, certificate: String, demandsClientCertificate: Bool = false) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments =
            ["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "\(certificate).crt", "-key", "\(certificate).key"]
            + (demandsClientCertificate ? ["-CAfile", "ca.crt", "-Verify", "1", "-verify_return_error"] : [])
        process.currentDirectoryURL = pki.directory
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        // It prints "ACCEPT 127.0.0.1:PORT" when it listens.
        var text = ""
        while !text.contains("\n") || !text.contains("ACCEPT") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty, "openssl s_server did not start")
            text += String(decoding: data, as: UTF8.self)
        }
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") })
        url = "https://127.0.0.1:" + (line.split(separator: ":").last.map(String.init) ?? "") + "/"
    }

    public func stop() {
        // s_server inherits blocked signals from the test runner, so a polite one would never reach it.
        kill(process.processIdentifier, SIGKILL)
    }
}
