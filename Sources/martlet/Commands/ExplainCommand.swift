import Admin
import ArgumentParser
import Base

/// `martlet explain GET http://…`: which rule takes a request, and why the others do not.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say which rule takes a request, which do not and why, and where it would go.",
        discussion: "Asks a running gateway (--admin, by default 127.0.0.1:9901), or reads manifests (--manifests).")

    @Argument(help: "The method, such as GET.") var method: String
    @Argument(help: "The URL as the client sees it.") var url: String

    @Option(name: [.customShort("H"), .long], parsing: .singleValue, help: "A header of the request: 'Name: value'.")
    var header: [String] = []

    @Option(help: "The client's IP address, for rules that look at it.")
    var source: String?

    @Option(name: .shortAndLong, help: "Output: text or json.")
    var output: OutputFormat = .text

    @OptionGroup var from: SourceOptions

    func run() async throws {
        let address = try source.map { text throws(Failure) in
            guard let address = IPAddress(text) else { throw .usage("'\(text)' is no IP address") }
            return address
        }
        let explanation: Explanation
        do {
            let request = try ExplainedRequest(method: method, url: url, headers: header, source: address)
            explanation = Explanation(request, by: try await from.graph(defaultAdmin: .loopback(9901)))
        } catch let problem as ExplainedRequest.Problem {
            throw Failure.usage(problem.description)
        }
        let said = output == .json ? explanation.json : explanation.text
        Console.write(said.hasSuffix("\n") ? said : said + "\n")
    }
}
