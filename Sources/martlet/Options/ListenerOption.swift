import ArgumentParser
import Base

/// Where something is accepted, `ADDR:PORT`, or `none`: nowhere.
struct ListenerOption: ExpressibleByArgument, CustomStringConvertible, Equatable {
    /// nil for `none`.
    var address: SocketAddressOption?

    init(_ address: SocketAddressOption?) { self.address = address }

    init?(argument: String) {
        if argument == "none" {
            self.init(nil)
        } else {
            guard let address = SocketAddressOption(argument: argument) else { return nil }
            self.init(address)
        }
    }

    var description: String { address?.description ?? "none" }
    var defaultValueDescription: String { address?.defaultValueDescription ?? "none" }

    /// What is wrong with a list of them; nil when nothing is.
    static func problem(_ list: [ListenerOption], _ option: String) -> String? {
        guard list.count > 1, list.contains(where: { $0.address == nil }) else { return nil }
        return "--\(option) none says that nothing is accepted; leave out the other --\(option), or the none."
    }
}

extension [ListenerOption] {
    var socketAddresses: [SocketAddress] { compactMap { $0.address?.socketAddress } }
}
