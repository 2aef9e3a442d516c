public import Base
import CLinux

/// Socket calls that ports and blocking users share.
public enum Sockets {
    /// A listening, non-blocking socket. - Returns: the descriptor or a negated errno value.
    public static func listen(_ address: SocketAddress, reusePort: Bool) -> Int32 {
        var bytes = wire(address.ip)
        let result = unsafe withUnsafeBytes(of: &bytes) {
            unsafe martlet_listen($0.bindMemory(to: UInt8.self).baseAddress, address.port, reusePort ? 1 : 0, 4096)
        }
        return Int32(truncatingIfNeeded: result)
    }

    /// The port that the system chose for a listener at port 0.
    public static func localPort(_ descriptor: Int32) -> UInt16 { UInt16(truncatingIfNeeded: martlet_local_port(descriptor)) }

    public static func close(_ descriptor: Int32) { _ = martlet_close(descriptor) }

    static func accept(_ listener: Int32) -> Accepted {
        var bytes: (UInt64, UInt64) = (0, 0)
        var port: UInt16 = 0
        let result = unsafe withUnsafeMutableBytes(of: &bytes) {
            unsafe martlet_accept(listener, $0.bindMemory(to: UInt8.self).baseAddress, &port)
        }
        var code = Int32(truncatingIfNeeded: result)
        if result < 0 { code = Int32(truncatingIfNeeded: martlet_is_starved(result) != 0 ? IO.starved : IO.again) }
        return Accepted(descriptor: code, peer: SocketAddress(address(bytes), port))
    }

    /// - Returns: the descriptor of an attempt under way, or a negated errno value.
    static func connect(_ address: SocketAddress) -> Int32 {
        var bytes = wire(address.ip)
        let result = unsafe withUnsafeBytes(of: &bytes) {
            unsafe martlet_connect($0.bindMemory(to: UInt8.self).baseAddress, address.port)
        }
        return Int32(truncatingIfNeeded: result)
    }

    // MARK: Datagrams

    /// As `listen`.
    public static func listenForDatagrams(_ address: SocketAddress, reusePort: Bool) -> Int32 {
        var bytes = wire(address.ip)
        let result = unsafe withUnsafeBytes(of: &bytes) {
            unsafe martlet_listen_datagrams($0.bindMemory(to: UInt8.self).baseAddress, address.port, reusePort ? 1 : 0)
        }
        return Int32(truncatingIfNeeded: result)
    }

    /// - Returns: the descriptor, or a negated errno value.
    static func connectForDatagrams(_ address: SocketAddress) -> Int32 {
        var bytes = wire(address.ip)
        let result = unsafe withUnsafeBytes(of: &bytes) {
            unsafe martlet_connect_datagrams($0.bindMemory(to: UInt8.self).baseAddress, address.port)
        }
        return Int32(truncatingIfNeeded: result)
    }

    /// - Returns: the length of the datagram, or a negated errno value; who sent it, and to which address.
    static func receiveDatagram(_ descriptor: Int32, into buffer: borrowing Buffer, _ range: Range<Int>) -> Received {
        // The sender's address, and ours.
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var port: UInt16 = 0
        let result = unsafe withUnsafeMutableBytes(of: &bytes) { place in
            guard let addresses = unsafe place.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            return unsafe buffer.withMutableBytes(range) {
                unsafe martlet_receive_from(descriptor, $0.baseAddress, $0.count, addresses, &port, addresses + 16)
            }
        }
        var received = Received(count: result, peer: SocketAddress(address((bytes.0, bytes.1)), port))
        received.local = address((bytes.2, bytes.3))
        return received
    }

    /// - Returns: the length of the datagram, or a negated errno value.
    static func sendDatagram(
        _ descriptor: Int32, _ bytes: borrowing Span<UInt8>, to peer: SocketAddress, from local: IPAddress, isV6: Bool
    ) -> Int {
        let (to, from) = (wire(peer.ip), wire(local))
        var addresses = (to.0, to.1, from.0, from.1)
        return unsafe withUnsafeBytes(of: &addresses) { place in
            guard let start = unsafe place.bindMemory(to: UInt8.self).baseAddress else { return 0 }
            return unsafe bytes.withUnsafeBufferPointer {
                unsafe martlet_send_to(descriptor, $0.baseAddress, $0.count, isV6 ? 1 : 0, start, peer.port, start + 16)
            }
        }
    }

    // MARK: Addresses

    /// Of the descriptor itself; `::` with port 0 when it has none.
    static func localAddress(_ descriptor: Int32) -> SocketAddress {
        var bytes: (UInt64, UInt64) = (0, 0)
        var port: UInt16 = 0
        _ = unsafe withUnsafeMutableBytes(of: &bytes) {
            unsafe martlet_local_address(descriptor, $0.bindMemory(to: UInt8.self).baseAddress, &port)
        }
        return SocketAddress(address(bytes), port)
    }

    private static func address(_ bytes: (UInt64, UInt64)) -> IPAddress {
        IPAddress(high: UInt64(bigEndian: bytes.0), low: UInt64(bigEndian: bytes.1))
    }

    private static func wire(_ ip: IPAddress) -> (UInt64, UInt64) { (ip.high.bigEndian, ip.low.bigEndian) }
}
