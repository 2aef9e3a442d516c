import ArgumentParser
import Configuration
import Documents
import Foundation
import Translator

/// `martlet check`: what is wrong with manifests, and how to mend it.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate manifests offline: object, field, line and remedy; ends with 1 on errors.",
        discussion: "Warnings are printed and do not fail. Objects of kinds that Martlet does not read are left alone.")

    @Option(name: .shortAndLong, help: "A file or folder of manifests, or '-' for standard input; may be repeated.")
    var file: [String] = []

    @Option(help: "Also check this file of options of 'martlet serve'.")
    var config: String?

    @Argument(help: "Further files and folders.") var paths: [String] = []

    @Option(name: .shortAndLong, help: "Namespace of objects that name none.")
    var namespace = "default"

    @Option(name: .shortAndLong, help: "Output: text or json.")
    var output: OutputFormat = .text

    @OptionGroup var translation: TranslationOptions

    func validate() throws {
        if file.isEmpty, paths.isEmpty, config == nil {
            throw ValidationError(
                "Name a file or folder of manifests, or '-' for standard input, or --config and a file of options.")
        }
    }

    func run() throws {
        if let config {
            let layers = try LayeredOptions.read(["--config", config], [:])
            Console.say("\(config): \(Self.count(layers?.beneath.count ?? 0, "option")), no errors")
            if file.isEmpty, paths.isEmpty { return }
        }
        var files = ManifestFiles(file + paths)
        let (documents, problems) = try files.read()
        var settings = translation.ofFiles
        settings.defaultNamespace = namespace
        let check = ManifestCheck(documents, problems, settings, now: Int64(Date().timeIntervalSince1970))
        switch output {
        case .json: Console.write(Value.array(check.findings.map(\.json)).jsonText + "\n")
        case .text:
            Console.write(check.findings.map { $0.text + "\n" }.joined())
            Console.say(Self.summary(check))
        }
        if check.errorCount > 0 { throw Failure.wrongInput() }
    }

    private static func summary(_ check: ManifestCheck) -> String {
        let others = check.otherCount == 0 ? "" : " (\(check.otherCount) of kinds that are not read)"
        let warnings = check.findings.count - check.errorCount
        return
            "\(count(check.objectCount, "object"))\(others): \(count(check.errorCount, "error")), \(count(warnings, "warning"))"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
