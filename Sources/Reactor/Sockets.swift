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
        let ip = IPAddress(high: UInt64(bigEndian: bytes.0), low: UInt64(bigEndian: bytes.1))
        return Accepted(descriptor: code, peer: SocketAddress(ip, port))
    }

    /// - Returns: the descriptor of an attempt under way, or a negated errno value.
    static func connect(_ address: SocketAddress) -> Int32 {
        var bytes = wire(address.ip)
        let result = unsafe withUnsafeBytes(of: &bytes) {
            unsafe martlet_connect($0.bindMemory(to: UInt8.self).baseAddress, address.port)
        }
        return Int32(truncatingIfNeeded: result)
    }

    private static func wire(_ ip: IPAddress) -> (UInt64, UInt64) { (ip.high.bigEndian, ip.low.bigEndian) }
}
