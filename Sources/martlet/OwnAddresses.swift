import Base
import Engine
import Foundation

/// The addresses of this machine or pod.
enum OwnAddresses {
    /// Of all interfaces.
    static var all: [IPAddress] {
        // Link-local addresses come with a zone, which is no part of the address.
        Host.current().addresses.compactMap { IPAddress($0.prefix { $0 != "%" }) }
    }

    /// What must never be an upstream: whatever we listen on ourselves.
    static func rules(listeners: [SocketAddress]) -> UpstreamRules {
        UpstreamRules(ownAddresses: all, ownListeners: listeners.filter { $0.port != 0 }.map { (address: $0.ip, port: $0.port) })
    }

    /// Where clients reach listeners at these addresses: the addresses themselves, or this machine's when they are unspecified.
    static func reachable(_ listeners: [SocketAddress], environment: [String: String]) -> [String] {
        var addresses = listeners.map(\.ip).filter { !$0.isUnspecified }.map(\.description)
        if addresses.count < listeners.count {
            if let pod = environment["POD_IP"], IPAddress(pod) != nil {
                addresses.append(pod)
            } else {
                let usable = all.filter { !$0.isLoopback && !$0.isLinkLocal }
                let best = [usable.first(where: \.isV4), usable.first { !$0.isV4 }].compactMap { $0 }
                addresses += (best.isEmpty ? [IPAddress.v4Loopback] : best).map(\.description)
            }
        }
        var seen: Set<String> = []
        return addresses.filter { seen.insert($0).inserted }
    }
}
