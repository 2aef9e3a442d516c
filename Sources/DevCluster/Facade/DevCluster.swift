public import Base
import Documents
import Foundation
import Secure
import Serving

/// An embedded Kubernetes-compatible API server on loopback, for trying Martlet and for tests. It keeps everything in memory and, where it
/// is given a disk, in a journal; it lets whoever holds its kubeconfig do everything, and accepts loopback endpoints.
public final class DevCluster: Sendable {
    public struct Settings: Sendable {
        public var store = ClusterStore.Settings()
        /// Milliseconds between the bookmarks of a watch.
        public var bookmarkMilliseconds = 30_000

        /// Where certificates and keys are kept, so that a kubeconfig of this run is good for the next; nil: new ones each time.
        public var credentialsDirectory: String?
        /// Where everything that is acknowledged is kept for the next run; nil: nowhere.
        public var disk: (any JournalDisk)?
        /// Told what an earlier run left unfinished on the disk.
        public var complain: @Sendable (String) -> Void = { _ in }

        public init() {}
    }

    public let store: ClusterStore
    /// `https://127.0.0.1:PORT`
    public let url: String
    public let port: UInt16
    private let credentials: Credentials
    private let server: Server

    /// Serves at once, on a free port when `port` is 0.
    ///
    /// - Throws: `DevClusterFailure` when the port is taken, no certificates can be made, or what was kept cannot be read.
    public init(address: IPAddress = .v4Loopback, port: UInt16 = 0, settings: Settings = Settings()) throws(DevClusterFailure) {
        store =
            if let disk = settings.disk {
                try ClusterStore(kinds: BuiltInKinds.all, settings: settings.store, disk: disk, complain: settings.complain)
            } else {
                ClusterStore(kinds: BuiltInKinds.all, settings: settings.store)
            }
        do {
            credentials = try Credentials(
                now: Int64(settings.store.clock().timeIntervalSince1970), directory: settings.credentialsDirectory)
        } catch {
            throw DevClusterFailure("The development cluster cannot make its certificates: \(error).")
        }
        var limits = ServingLimits()
        // The API's own limits answer with a Status; the connection's are further away.
        limits.bodyBytes = 16 << 20
        var handler = APIServer(store: store, authenticator: Authenticator(token: credentials.token))
        handler.pace.bookmarkMilliseconds = settings.bookmarkMilliseconds
        do {
            server = try Server(address, port: port, tls: credentials.context, limits: limits, handler: handler)
        } catch {
            throw DevClusterFailure("The development cluster cannot listen on port \(port): \(error)")
        }
        self.port = server.port
        url = "https://127.0.0.1:\(server.port)"
        do { try store.populate(apiPort: server.port) } catch {
            throw DevClusterFailure("The development cluster cannot begin: \(error)")
        }
    }

    /// What kubectl needs to reach it.
    public var kubeconfig: String { credentials.kubeconfig(server: url) }

    /// Writes the kubeconfig so that only its owner can read it, in place of what was there.
    public func writeKubeconfig(to path: String) throws(DevClusterFailure) {
        do {
            try PrivateFile.write(Array(kubeconfig.utf8), to: path)
        } catch {
            throw DevClusterFailure("The kubeconfig \(path) cannot be written: check the directory and who may write there.")
        }
    }

    /// Ends watches and connections.
    public func stop() { server.stop() }

    /// Cuts every connection as a crash would; the server itself goes on.
    public func dropConnections() { server.dropConnections() }
}

/// Why there is no cluster: a sentence for people.
public struct DevClusterFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
