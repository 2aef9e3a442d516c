import Foundation
import Graph

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

    func graph() async throws -> RoutingGraph {
        switch self {
        case .admin(let address): try Self.parse(try await AdminClient(address: address).get("/graph"), from: "\(address)")
        case .files(let paths): try await Self.read(paths)
        case .cluster: throw Failure.usage("say --admin or -f")
        }
    }

    private static func read(_ paths: [String]) async throws -> RoutingGraph {
        guard let path = paths.first, paths.count == 1, path.hasSuffix(".graph") else { throw Failure.usage("not a graph") }
        guard let data = FileManager.default.contents(atPath: path) else { throw Failure.unreachable("cannot read \(path)") }
        return try parse(String(decoding: data, as: UTF8.self), from: path)
    }

    private static func parse(_ text: String, from origin: String) throws(Failure) -> RoutingGraph {
        do {
            return try GraphText.parse(text)
        } catch {
            throw .wrongInput("\(origin):\(error)")
        }
    }
}
