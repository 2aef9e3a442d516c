import ArgumentParser
import Configuration
import Documents
import Foundation

/// The options of `serve` from flags, environment and file; see `Layers`.
enum LayeredOptions {
    /// Where the values in force came from, for `/config`; nil when the options were not read by `read`.
    @TaskLocal static var current: Layers?

    /// Of `serve`, from its declaration.
    static func catalog() throws -> OptionCatalog {
        OptionCatalog(toolInfo: try Value(json: ServeCommand._dumpHelp()))
    }

    /// - Parameter flags: behind `serve`. - Returns: nil where help is asked for, which needs no layers.
    static func read(_ flags: [String], _ environment: [String: String]) throws -> Layers? {
        guard !flags.contains("--help"), !flags.contains("-h"), !flags.contains("-help") else { return nil }
        let catalog = try catalog()
        do {
            let layers = try Layers(catalog, flags: flags, environment: environment) { path throws in try file(path, catalog) }
            try parse(layers)
            for (variable, meant) in Layers.misspelt(environment, catalog) {
                Console.say("martlet: the variable \(variable) means nothing; did you mean \(meant)?")
            }
            return layers
        } catch let error as ConfigurationError {
            throw Failure(status: error.isOfFile ? .wrongInput : .usage, description: error.description)
        }
    }

    static func file(_ path: String, _ catalog: OptionCatalog) throws -> ConfigurationFile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure.unreachable("cannot read the file of options '\(path)'")
        }
        return try ConfigurationFile([UInt8](data), name: path, catalog)
    }

    /// Finds out which of the settings beneath the command line the parser refuses, and says where it was written: the parser itself
    /// speaks of flags, which nobody typed. Faults of the flags alone are left to it.
    private static func parse(_ layers: Layers) throws {
        guard !layers.beneath.isEmpty, let problem = problem(layers.arguments) else { return }
        for setting in layers.beneath {
            guard let problem = Self.problem(setting.arguments) else { continue }
            let isOfFile = if case .file = setting.origin { true } else { false }
            throw Failure(
                status: isOfFile ? .wrongInput : .usage, description: "\(setting.origin), \(setting.option.name): \(problem)")
        }
        let origins = layers.beneath.map { "--\($0.option.name) from \($0.origin)" }.joined(separator: ", ")
        throw Failure.usage("\(problem) (\(origins))")
    }

    private static func problem(_ arguments: [String]) -> String? {
        do {
            _ = try ServeCommand.parse(arguments)
            return nil
        } catch {
            return ServeCommand.message(for: error)
        }
    }
}
