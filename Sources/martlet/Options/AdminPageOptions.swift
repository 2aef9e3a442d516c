import ArgumentParser
import Documents

/// How commands are told which gateway's admin page they show, and as what.
struct AdminPageOptions: ParsableArguments {
    @Option(help: "The gateway's admin address.") var admin: SocketAddressOption = .loopback(9901)

    @Option(name: .shortAndLong, help: "Output: text or json.")
    var output: OutputFormat = .text

    /// Asks for a page, which is JSON, and writes it as it is or as a table.
    func show(_ target: String, as table: (Value) -> String) async throws {
        let text = try await AdminClient(address: admin).get(target)
        if output == .json { return Console.write(text) }
        guard let page = try? Value(json: text) else { throw Failure.wrongInput("\(admin) did not answer with JSON") }
        Console.write(table(page))
    }
}
