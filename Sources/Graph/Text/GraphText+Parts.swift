extension GraphText {
    /// A match as the line of an entry writes it, on its own: `prefix /cart method GET header x-beta = 1`.
    public static func print(_ match: Match) -> String { match.words }

    /// What a rule does, one line for each filter, limit and arm.
    public static func print(bodyOf rule: Rule) -> String {
        var printer = GraphPrinter()
        printer.body(of: rule)
        return printer.text
    }

    /// Where a cluster's requests go instead, one line for each way.
    public static func print(_ detour: Detour) -> String {
        var printer = GraphPrinter()
        printer.detour(detour)
        return printer.text
    }
}
