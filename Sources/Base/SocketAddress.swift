/// An IP address and a port. Plain data.
public struct SocketAddress: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
    public var ip: IPAddress
    public var port: UInt16

    @inlinable public init(_ ip: IPAddress, _ port: UInt16) {
        self.ip = ip
        self.port = port
    }

    /// `127.0.0.1:8080`, `[::1]:8080`, or `:8080` for all addresses; nil when it is none of these.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = UInt16(digits), digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":") else { return nil }
        } else if host.contains(":") {
            return nil
        }
        guard let ip = host.isEmpty ? IPAddress("::") : IPAddress(host) else { return nil }
        self.init(ip, port)
    }

    public var description: String { ip.isV4 ? "\(ip):\(port)" : "[\(ip)]:\(port)" }
}
