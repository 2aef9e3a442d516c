import ArgumentParser
import Foundation

/// `martlet sample`: one sample backend, for trying and for tests.
struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Run a sample backend that answers with its version.", shouldDisplay: false)

    @Option(help: "What it answers and says in x-version.")
    var version = "v1"

    @Option(help: "What it says in x-pod. (default: VERSION-PORT)")
    var name: String?

    @Option(help: "Where it listens, ADDR:PORT.")
    var listen: SocketAddressOption = .loopback(8081)

    func run() throws {
        do {
            let backend = try SampleBackend(
                listen.address, port: listen.port, version: version, name: name ?? "\(version)-\(listen.port)")
            Console.say("sample \(version) listens on \(listen.address):\(backend.port)")
            Signals.wait()
            backend.stop()
        } catch {
            throw Failure.unreachable("\(listen): \(error)")
        }
    }
}
