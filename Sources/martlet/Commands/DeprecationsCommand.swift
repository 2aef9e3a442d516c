import ArgumentParser

/// `martlet deprecations`: who still calls what is deprecated.
struct DeprecationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deprecations", abstract: "Show who still sends requests to deprecated rules.",
        discussion: "Asks a running gateway (--admin). What is shown is one replica's, since it began.")

    @OptionGroup var page: AdminPageOptions

    func run() async throws { try await page.show("/deprecations", as: DeprecationPage.table) }
}
