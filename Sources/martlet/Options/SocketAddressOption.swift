import ArgumentParser
import Base

/// `ADDR:PORT` as the command line writes it: `:8080` (all addresses), `127.0.0.1:8080`, `[::1]:8080`.
struct SocketAddressOption: ExpressibleByArgument, CustomStringConvertible, Equatable {
    var address: IPAddress
    var port: UInt16

    init(address: IPAddress, port: UInt16) {
        self.address = address
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else {
            return nil
        }
        var host = argument[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard let address = host.isEmpty ? IPAddress(v4: 0) : IPAddress(host) else { return nil }
        self.init(address: address, port: port)
    }

    var description: String {
        let text = address.description
        return text.contains(":") ? "[\(text)]:\(port)" : "\(text):\(port)"
    }

    var socketAddress: SocketAddress { SocketAddress(address, port) }

    var defaultValueDescription: String { address.isUnspecified && address.isV4 ? ":\(port)" : description }

    static func loopback(_ port: UInt16) -> Self { Self(address: .v4Loopback, port: port) }
    static func any(_ port: UInt16) -> Self { Self(address: IPAddress(v4: 0), port: port) }
}
