import Base
import Reactor

/// `dev` never fails because somebody else listens already: it says so, and takes another port.
enum FreePort {
    /// The address itself when it is free, and otherwise the same with port 0, which means any.
    static func instead(of address: SocketAddress, for what: String) -> SocketAddress {
        guard address.port != 0 else { return address }
        do {
            _ = try BlockingListener(address.ip, port: address.port)
            return address
        } catch {
            Console.say("\(error); \(what) takes a free port instead.")
            return SocketAddress(address.ip, 0)
        }
    }
}
