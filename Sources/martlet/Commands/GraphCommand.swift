import ArgumentParser
import Graph

/// `martlet graph`: what the proxy does, or would do, as text.
struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph", abstract: "Print the routing graph of manifests, of a running gateway, or of a cluster.")

    @OptionGroup var source: SourceOptions

    func run() async throws {
        Console.write(GraphText.print(try await source.graph()))
    }
}
