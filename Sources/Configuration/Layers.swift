public import Documents

/// The options in force and where each came from: flags before variables of the environment before the file before defaults.
///
/// The layers are laid down as one command line, which the argument parser then reads: it alone decides what a value means.
/// Of an option that may be repeated the highest layer that names it counts, as a whole.
public struct Layers: Sendable {
    public enum Origin: Sendable, Equatable, CustomStringConvertible {
        case flag
        case environment(String)
        case file(String, line: Int)
        case byDefault

        public var description: String {
            switch self {
            case .flag: "flag"
            case .environment(let variable): "environment \(variable)"
            case .file(let name, let line): "file \(name) line \(line)"
            case .byDefault: "default"
            }
        }
    }

    /// One option that somebody gave.
    public struct Setting: Sendable, Equatable {
        public var option: OptionDeclaration
        /// As written; `true` or `false` for a switch.
        public var values: [String]
        public var origin: Origin

        /// On a command line.
        public var arguments: [String] {
            option.takesValue ? values.map { "--\(option.name)=\($0)" } : values == ["true"] ? ["--\(option.name)"] : []
        }
    }

    private let catalog: OptionCatalog
    private let flags: [String]
    /// Those that did not come from the command line.
    public private(set) var beneath: [Setting] = []
    private let given: [String: [String]]

    /// - Parameters:
    ///   - flags: the command line behind the command's name.
    ///   - readFile: reads the file of options; called at most once.
    public init<E: Error>(
        _ catalog: OptionCatalog, flags: [String], environment: [String: String],
        readFile: (String) throws(E) -> ConfigurationFile
    ) throws {
        self.catalog = catalog
        self.flags = flags
        given = Self.given(in: flags, catalog)
        var taken = Set(given.keys)
        for option in catalog.options where !taken.contains(option.name) {
            guard let text = environment[option.variable], !text.isEmpty else { continue }
            let values = try Self.values(text, of: option)
            beneath.append(Setting(option: option, values: values, origin: .environment(option.variable)))
        }
        taken.formUnion(beneath.map(\.option.name))
        guard let path = values(OptionCatalog.fileOption).last else { return }
        let file = try readFile(path)
        for (option, entry) in file.entries where !taken.contains(option.name) {
            beneath.append(Setting(option: option, values: entry.values, origin: .file(file.name, line: entry.line)))
        }
    }

    /// All layers as one command line.
    public var arguments: [String] { beneath.flatMap(\.arguments) + flags }

    /// Every option, its value in force and where that came from, for people. Options hold names, addresses and times, never secrets.
    public var page: Value {
        .array(
            catalog.options.compactMap { option in
                let origin = origin(of: option.name)
                if option.isHidden, origin == .byDefault { return nil }
                return ["option": .string(option.name), "value": shown(option), "from": .string(origin.description)]
            })
    }

    public func origin(of name: String) -> Origin {
        if given[name] != nil { return .flag }
        return beneath.first { $0.option.name == name }?.origin ?? .byDefault
    }

    /// As somebody gave them; none for a default.
    private func values(_ name: String) -> [String] {
        given[name] ?? beneath.first { $0.option.name == name }?.values ?? []
    }

    private func shown(_ option: OptionDeclaration) -> Value {
        let values = values(option.name)
        if !option.takesValue { return .bool(values.last == "true") }
        if values.isEmpty { return option.defaultValue.map { .string($0) } ?? .null }
        return option.isRepeatable ? .array(values.map { .string($0) }) : .string(values.last ?? "")
    }

    // MARK: - Command line

    /// The options that a command line names, with their values. What it cannot make sense of is left to the parser to complain about.
    private static func given(in flags: [String], _ catalog: OptionCatalog) -> [String: [String]] {
        var given: [String: [String]] = [:]
        var rest = flags[...]
        while let argument = rest.popFirst() {
            if argument == "--" { break }
            guard argument.hasPrefix("--") else { continue }
            let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            guard let option = catalog[parts[0]] else { continue }
            if !option.takesValue {
                given[option.name, default: []].append("true")
            } else if parts.count == 2 {
                given[option.name, default: []].append(parts[1])
            } else if let value = rest.popFirst() {
                given[option.name, default: []].append(value)
            }
        }
        return given
    }

    // MARK: - Environment

    private static func values(_ text: String, of option: OptionDeclaration) throws(ConfigurationError) -> [String] {
        guard option.takesValue else {
            switch text.lowercased() {
            case "true", "1": return ["true"]
            case "false", "0": return ["false"]
            default: throw ConfigurationError("\(option.variable) is '\(text)'; write true or false")
            }
        }
        guard option.isRepeatable else { return [text] }
        return text.split(separator: ",").map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !$0.isEmpty }
    }

    /// Variables that look like a misspelt option, with what was probably meant.
    ///
    /// Kubernetes puts variables such as `MARTLET_SERVICE_HOST` and `MARTLET_PORT_80_TCP` into every pod beside a Service called
    /// martlet, so that others are no mistake.
    public static func misspelt(_ environment: [String: String], _ catalog: OptionCatalog) -> [(variable: String, meant: String)]
    {
        let known = Dictionary(catalog.options.filter { !$0.isHidden }.map { ($0.variable, $0.name) }) { first, _ in first }
        return environment.keys.sorted().compactMap { variable in
            guard variable.hasPrefix(OptionCatalog.prefix), known[variable] == nil,
                catalog.options.allSatisfy({ $0.variable != variable }),
                !["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"].contains(where: variable.hasSuffix), !variable.contains("_PORT_"),
                let meant = nearest(to: variable, among: known.keys)
            else { return nil }
            return (variable, meant)
        }
    }
}
