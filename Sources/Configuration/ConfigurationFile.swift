import Documents

/// A file of options: YAML (or JSON), a mapping of long names to values, lists for what may be repeated.
///
///     http: [":8080", "[::1]:8080"]
///     drain-delay: 10s
///     shared-hosts: true
public struct ConfigurationFile: Sendable {
    struct Entry: Sendable {
        var values: [String]
        var line: Int
    }

    public let name: String
    /// By option, in the order of the file.
    let entries: [(option: OptionDeclaration, entry: Entry)]

    /// - Parameter name: of the file, as messages shall say it.
    public init(_ text: [UInt8], name: String, _ catalog: OptionCatalog) throws(ConfigurationError) {
        self.name = name
        let documents: [Located]
        do {
            documents = try YAML.documents(text, file: name)
        } catch {
            throw ConfigurationError("\(name), \(error)", isOfFile: true)
        }
        guard documents.count <= 1 else {
            throw ConfigurationError(
                "\(name):\(documents[1].line): one document is enough; put all options into the first", isOfFile: true)
        }
        guard let document = documents.first, document.value != .null else {
            entries = []
            return
        }
        guard case .object(let fields) = document.value else {
            throw ConfigurationError("\(name):\(document.line): options are written as 'name: value' lines", isOfFile: true)
        }
        var entries: [(OptionDeclaration, Entry)] = []
        for (key, value) in fields.entries {
            let line = document.line(of: FieldPath.root[key])
            let option = try Self.option(key, "\(name):\(line)", catalog)
            entries.append((option, Entry(values: try Self.values(value, of: option, "\(name):\(line)"), line: line)))
        }
        self.entries = entries
    }

    private static func option(_ key: String, _ place: String, _ catalog: OptionCatalog) throws(ConfigurationError)
        -> OptionDeclaration
    {
        guard key != OptionCatalog.fileOption else {
            throw ConfigurationError("\(place): a file of options cannot name another one; remove '\(key)'", isOfFile: true)
        }
        if let option = catalog[key] { return option }
        let hint =
            catalog.nearest(key).map { "did you mean '\($0)'?" }
            ?? "the names are those of 'martlet serve --help', without dashes"
        throw ConfigurationError("\(place): there is no option '\(key)'; \(hint)", isOfFile: true)
    }

    private static func values(_ value: Value, of option: OptionDeclaration, _ place: String) throws(ConfigurationError)
        -> [String]
    {
        if case .array(let elements) = value {
            guard option.isRepeatable else {
                throw ConfigurationError("\(place): '\(option.name)' takes one value; write it without a list", isOfFile: true)
            }
            var all: [String] = []
            for element in elements { all.append(try text(element, of: option, place)) }
            return all
        }
        return [try text(value, of: option, place)]
    }

    private static func text(_ value: Value, of option: OptionDeclaration, _ place: String) throws(ConfigurationError) -> String {
        switch value {
        case .string(let text) where option.takesValue: return text
        case .integer(let number) where option.takesValue: return String(number)
        case .number(let number) where option.takesValue: return "\(number)"
        case .bool(let isOn) where !option.takesValue: return isOn ? "true" : "false"
        default:
            let expected = option.takesValue ? "a text or a number" : "true or false"
            throw ConfigurationError("\(place): '\(option.name)' takes \(expected), found \(value.kindName)", isOfFile: true)
        }
    }
}
