import ArgumentParser
import Documents

/// `martlet deprecations`: who still calls what is deprecated.
struct DeprecationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deprecations", abstract: "Show who still sends requests to deprecated rules.",
        discussion: "Asks a running gateway (--admin). What is shown is one replica's, since it began.")

    @Option(help: "The gateway's admin address.") var admin: SocketAddressOption = .loopback(9901)

    @Option(name: .shortAndLong, help: "Output: text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        let text = try await AdminClient(address: admin).get("/deprecations")
        if output == .json { return Console.write(text) }
        guard let page = try? Value(json: text) else { throw Failure.wrongInput("\(admin) did not answer with JSON") }
        Console.write(DeprecationPage.table(page))
    }
}
