import ArgumentParser
import Graph

/// Where a command that reads a graph finds it: manifests, a running gateway, or a cluster.
struct SourceOptions: ParsableArguments {
    @Option(
        name: [.customShort("f"), .customLong("file"), .customLong("manifests")],
        help: "A file or folder of manifests, or a .graph file.")
    var files: [String] = []

    @Option(help: "The admin address of a running gateway, ADDR:PORT.")
    var admin: SocketAddressOption?

    @OptionGroup var cluster: ClusterOptions

    @OptionGroup var translation: TranslationOptions

    /// The graph of the one source that was named; see `resolved`.
    func graph(defaultAdmin: SocketAddressOption? = nil) async throws -> RoutingGraph {
        try await resolved(defaultAdmin: defaultAdmin).graph(translation)
    }

    /// The one source that was named. Without any, the cluster, or `defaultAdmin` where a command has one.
    private func resolved(defaultAdmin: SocketAddressOption? = nil) throws(Failure) -> GraphSource {
        if !files.isEmpty, admin != nil { throw .usage("give either manifests or --admin, not both") }
        if !files.isEmpty { return .files(files) }
        if let admin { return .admin(admin) }
        if cluster.isNamed { return .cluster(cluster) }
        if let defaultAdmin { return .admin(defaultAdmin) }
        return .cluster(cluster)
    }
}

/// How data is printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}
