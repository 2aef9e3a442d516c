import ArgumentParser

/// `martlet mirrors`: what became of copies of requests, and which answers to them differed.
struct MirrorsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirrors", abstract: "Show what mirrors answered, beside what clients got.",
        discussion: "Asks a running gateway (--admin). What is shown is one replica's, since it began.")

    @OptionGroup var page: AdminPageOptions

    func run() async throws { try await page.show("/mirrors", as: MirrorPage.table) }
}
