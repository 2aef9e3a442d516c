import ArgumentParser
import Configuration
import Dispatch
import Foundation
import Reactor

/// The command line. Its words and exit codes are stable: scripts and tests depend on them.
@main struct Martlet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Kubernetes ingress controller and API gateway.",
        discussion:
            "Exit codes: 0 fine, 1 the input was wrong (or differs), 2 usage, 3 could not reach something, 4 requests were cut at the end.",
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, DevCommand.self, CheckCommand.self, ExplainCommand.self, GraphCommand.self, DiffCommand.self,
            RolloutCommands.self, MirrorsCommand.self, DeprecationsCommand.self, SampleCommand.self,
        ])

    /// Not `async`: the runtime would then end the main thread, and valgrind, which counts what a request costs (scripts/gates), with it.
    static func main() {
        Machine.saveMemory()
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            await parseAndRun()
            ended.signal()
        }
        ended.wait()
    }

    private static func parseAndRun() async {
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            guard arguments.first == ServeCommand._commandName else { return try await run(arguments) }
            let layers = try LayeredOptions.read(Array(arguments.dropFirst()), ProcessInfo.processInfo.environment)
            try await LayeredOptions.$current.withValue(layers) {
                try await run(layers.map { [ServeCommand._commandName] + $0.arguments } ?? arguments)
            }
        } catch let failure as Failure {
            Console.finish(failure.description, failure.status)
        } catch {
            // ArgumentParser ends with 64 on wrong usage; Martlet promises 2.
            let help = exitCode(for: error).isSuccess
            Console.finish(fullMessage(for: error), help ? .fine : .usage)
        }
    }

    private static func run(_ arguments: [String]) async throws {
        var command = try parseAsRoot(arguments)
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
    }
}
