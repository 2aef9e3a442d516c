public import Documents

/// One option of a command, as its declaration has it.
public struct OptionDeclaration: Sendable, Equatable {
    /// The long name without dashes: `access-log`.
    public var name: String
    /// False for a switch.
    public var takesValue: Bool
    public var isRepeatable: Bool
    /// As help prints it; nil without one.
    public var defaultValue: String?
    /// Not shown in help: known, but never proposed.
    public var isHidden: Bool

    public init(
        _ name: String, takesValue: Bool = true, isRepeatable: Bool = false, defaultValue: String? = nil, isHidden: Bool = false
    ) {
        self.name = name
        self.takesValue = takesValue
        self.isRepeatable = isRepeatable
        self.defaultValue = defaultValue
        self.isHidden = isHidden
    }

    /// `MARTLET_ACCESS_LOG`
    public var variable: String {
        OptionCatalog.prefix + String(decoding: name.utf8.map { $0 == 0x2d ? 0x5f : $0 }, as: UTF8.self).uppercased()
    }
}

/// The options of a command. They are declared once, where the command is; this is read from what the argument parser says about itself,
/// so that names, kinds and defaults cannot differ between command line, environment and file.
public struct OptionCatalog: Sendable {
    /// What variables of the environment begin with.
    public static let prefix = "MARTLET_"
    /// Names the file of the other options; the file cannot name another one.
    public static let fileOption = "config"
    /// They print something and end.
    private static let asides: Set<String> = ["help", "version"]

    public let options: [OptionDeclaration]
    private let byName: [String: OptionDeclaration]

    public init(_ options: [OptionDeclaration]) {
        self.options = options
        byName = Dictionary(options.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// - Parameter description: a command as swift-argument-parser describes it to tools (ToolInfo, serialization version 0).
    public init(toolInfo description: Value) {
        let arguments = description[at: "command", "arguments"]?.array ?? []
        self.init(arguments.compactMap(OptionDeclaration.init(toolInfo:)).filter { !Self.asides.contains($0.name) })
    }

    public subscript(name: String) -> OptionDeclaration? { byName[name] }

    /// What a misspelt name may have meant.
    func nearest(_ name: String) -> String? {
        Documents.nearest(to: name, among: options.filter { !$0.isHidden && $0.name != Self.fileOption }.map(\.name))
    }
}

extension OptionDeclaration {
    fileprivate init?(toolInfo argument: Value) {
        guard let kind = argument["kind"]?.string, kind == "option" || kind == "flag" else { return nil }
        let long = (argument["names"]?.array ?? []).first { $0["kind"]?.string == "long" }
        guard let name = long?["name"]?.string else { return nil }
        self.init(
            name, takesValue: kind == "option", isRepeatable: argument["isRepeating"]?.bool ?? false,
            defaultValue: argument["defaultValue"]?.string, isHidden: !(argument["shouldDisplay"]?.bool ?? true))
    }
}
