/// A block of addresses, such as `192.0.2.0/24` or `2001:db8::/32`.
public struct CIDR: Hashable, Sendable, CustomStringConvertible {
    public let base: IPAddress
    /// Bits of the mapped 128-bit form: 96 more than written for IPv4.
    public let prefixLength: Int

    /// Host bits are cleared. A bare address is a block of one. The prefix counts bits of the notation that the address is written
    /// in: `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(parts[0]) else { return nil }
        let width = parts[0].utf8.contains(UInt8(ascii: ":")) ? 128 : 32
        var bits = width
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...width).contains(given), String(given) == parts[1] else { return nil }
            bits = given
        }
        prefixLength = bits + (128 - width)
        base = Self.mask(address, prefixLength)
    }

    public func contains(_ address: IPAddress) -> Bool { Self.mask(address, prefixLength) == base }

    private static func mask(_ a: IPAddress, _ bits: Int) -> IPAddress {
        // A shift by 64 or more yields 0 for Swift's smart shifts.
        IPAddress(
            high: a.high & ~(UInt64.max >> UInt64(min(bits, 64))), low: a.low & ~(UInt64.max >> UInt64(max(0, bits - 64))))
    }

    public var description: String { "\(base)/\(base.isV4 ? prefixLength - 96 : prefixLength)" }
}
