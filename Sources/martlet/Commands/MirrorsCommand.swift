import ArgumentParser
import Documents

/// `martlet mirrors`: what became of copies of requests, and which answers to them differed.
struct MirrorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirrors", abstract: "Show what mirrors answered, beside what clients got.",
        discussion: "Asks a running gateway (--admin). What is shown is one replica's, since it began.")

    @Option(help: "The gateway's admin address.") var admin: SocketAddressOption = .loopback(9901)

    @Option(name: .shortAndLong, help: "Output: text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        let text = try await AdminClient(address: admin).get("/mirrors")
        if output == .json { return Console.write(text) }
        guard let page = try? Value(json: text) else { throw Failure.wrongInput("\(admin) did not answer with JSON") }
        Console.write(MirrorPage.table(page))
    }
}
