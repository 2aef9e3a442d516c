import ArgumentParser
import Base
import Kubernetes

/// How the replicas of one gateway know one another.
struct PeerOptions: ParsableArguments {
    @Option(help: "Where other replicas are answered, ADDR:PORT; without it this replica takes itself to be the only one.")
    var peer: SocketAddressOption?

    @Option(
        name: .customLong("peer-service"),
        help: ArgumentHelp(
            "The headless Service whose endpoints are the replicas (default: martlet-peers beside this one).",
            valueName: "namespace/name"))
    var service: ObjectKeyOption?

    @Option(
        name: .customLong("peer-secret"),
        help: ArgumentHelp(
            "The Secret of what replicas prove to one another, kept by the leader (default: martlet-peers beside this one).",
            valueName: "namespace/name"))
    var secret: ObjectKeyOption?

    func validate() throws {
        if peer == nil, service != nil || secret != nil {
            throw ValidationError("--peer-service and --peer-secret mean nothing without --peer.")
        }
    }

    /// - Parameter own: the namespace of this replica.
    func settings(own: String) -> PeerSettings? {
        peer.map { address in
            let usual = ObjectKey(namespace: own, name: "martlet-peers")
            return PeerSettings(
                address: address.socketAddress, service: service?.key ?? usual, secret: secret?.key ?? usual)
        }
    }
}

/// `NAMESPACE/NAME`.
struct ObjectKeyOption: ExpressibleByArgument {
    var key: ObjectKey

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        key = ObjectKey(namespace: parts[0], name: parts[1])
    }
}
