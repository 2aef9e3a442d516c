import ArgumentParser
import Graph

/// `martlet diff A B`: what would change from one to the other.
struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compare the routing graphs of two sources; ends with 1 when they differ.",
        discussion: "A source is a file or folder of manifests, a .graph file, or the admin address of a running gateway.")

    @Argument(help: "The source before.") var old: String
    @Argument(help: "The source after.") var new: String

    @OptionGroup var translation: TranslationOptions

    func run() async throws {
        let before = try await GraphSource(argument: old).graph(translation)
        let diff = GraphDiff.between(before, try await GraphSource(argument: new).graph(translation))
        guard !diff.isEmpty else { return }
        Console.write(diff.text)
        throw Failure.wrongInput()
    }
}
