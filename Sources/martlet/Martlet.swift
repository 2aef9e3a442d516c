import ArgumentParser

@main struct Martlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet", abstract: "Kubernetes ingress controller and API gateway.")
}
