public import Base
import CLinux

/// A listening socket whose accepts block one thread until its bell rings.
public final class BlockingListener: Sendable {
    public enum Accepted: Sendable {
        case connection(BlockingSocket)
        /// The bell rang.
        case rung
        /// Out of descriptors or memory: worth trying again after a pause.
        case starved
    }

    private let descriptor: Int32
    public let address: IPAddress
    /// The port really bound: what the system chose when 0 was asked for.
    public let port: UInt16

    public init(_ address: IPAddress, port: UInt16, backlog: Int32 = 512) throws(SocketFailure) {
        let descriptor = try SocketFailure.check(
            unsafe cblocking_listen(address.networkBytes, port, backlog), "cannot listen on \(address):\(port)")
        self.descriptor = descriptor
        self.address = address
        self.port = UInt16(clamping: cblocking_port(descriptor))
    }

    deinit { cblocking_close(descriptor) }

    public func accept(unless bell: Bell) -> Accepted {
        while true {
            let ready = cblocking_wait(descriptor, 0, bell.descriptor, -1)
            if ready > 0, ready & 2 != 0 { return .rung }
            var address = [UInt8](repeating: 0, count: 16)
            var port: UInt16 = 0
            let result = unsafe cblocking_accept(descriptor, &address, &port)
            if result >= 0 {
                return .connection(
                    BlockingSocket(
                        owning: Int32(truncatingIfNeeded: result), peer: IPAddress(networkBytes: address), peerPort: port))
            }
            // Anything else concerns one connection that died in the queue (accept(2) passes its errors on).
            if cblocking_is_starved(result) != 0 { return .starved }
        }
    }
}
