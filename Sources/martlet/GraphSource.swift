import Foundation
import Graph
import Translator

/// Where a command gets a graph from.
enum GraphSource {
    /// A running gateway's admin address.
    case admin(SocketAddressOption)
    /// Manifests, or the text form of a graph.
    case files([String])
    case cluster(ClusterOptions)

    /// Reads what somebody wrote as one word: an admin address if it is one and no file, else a file or directory.
    init(argument: String) {
        if !FileManager.default.fileExists(atPath: argument), let address = SocketAddressOption(argument: argument) {
            self = .admin(address)
        } else {
            self = .files([argument])
        }
    }

    /// - Parameter options: how objects are read, where there are objects.
    func graph(_ options: TranslationOptions) async throws -> RoutingGraph {
        switch self {
        case .admin(let address): return try Self.parse(try await AdminClient(address: address).get("/graph"), from: "\(address)")
        case .files(let paths): return try Self.read(paths, options)
        case .cluster(let cluster):
            return Self.translate(try await ClusterListing.snapshot(cluster), options.ofCluster, remedy: "see their Events")
        }
    }

    private static func read(_ paths: [String], _ options: TranslationOptions) throws(Failure) -> RoutingGraph {
        if paths.contains(where: { $0.hasSuffix(".graph") }) {
            guard paths.count == 1 else { throw .usage("a .graph file is a whole graph; name nothing beside it") }
            guard let data = FileManager.default.contents(atPath: paths[0]) else {
                throw .unreachable("cannot read '\(paths[0])'")
            }
            return try parse(String(decoding: data, as: UTF8.self), from: paths[0])
        }
        var files = ManifestFiles(paths)
        let (documents, problems) = try files.read()
        guard problems.isEmpty else { throw .wrongInput(problems.map(\.description).joined(separator: "\n")) }
        var snapshot = Snapshot(defaultNamespace: options.ofFiles.defaultNamespace)
        for document in documents { snapshot.put(document) }
        return translate(snapshot, options.ofFiles, remedy: "run martlet check")
    }

    private static func translate(_ snapshot: Snapshot, _ settings: TranslatorSettings, remedy: String) -> RoutingGraph {
        var translator = Translator(settings)
        let translation = translator.translate(snapshot)
        let errors = translation.diagnostics.filter { $0.severity == .error }.count
        if errors > 0 { Console.say("\(errors == 1 ? "1 error" : "\(errors) errors") in these objects; \(remedy)") }
        return translation.graph
    }

    private static func parse(_ text: String, from origin: String) throws(Failure) -> RoutingGraph {
        do {
            return try GraphText.parse(text)
        } catch {
            throw .wrongInput("\(origin):\(error)")
        }
    }
}
