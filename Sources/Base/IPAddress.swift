/// An IPv4 or IPv6 address as plain data. IPv4 is kept in its mapped form (::ffff:a.b.c.d), so that one comparison serves both.
public struct IPAddress: Hashable, Sendable, BitwiseCopyable {
    /// The 128 bits in network order, as two big-endian words.
    public var high: UInt64
    public var low: UInt64

    @inlinable public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable public init(v4 bits: UInt32) {
        high = 0
        low = 0x0000_ffff_0000_0000 | UInt64(bits)
    }

    @inlinable public var isV4: Bool { high == 0 && low >> 32 == 0xffff }
    @inlinable public var v4Bits: UInt32 { UInt32(truncatingIfNeeded: low) }

    public static let v4Loopback = IPAddress(v4: 0x7f00_0001)
    public static let v6Loopback = IPAddress(high: 0, low: 1)
}

// MARK: - Kinds of address (RFC 6890)

extension IPAddress {
    public var isLoopback: Bool { isV4 ? v4Bits >> 24 == 127 : self == .v6Loopback }

    /// 169.254/16 (which holds the clouds' metadata service) and fe80::/10.
    public var isLinkLocal: Bool { isV4 ? v4Bits >> 16 == 0xa9fe : high >> 54 == 0xfe80 >> 6 }

    public var isUnspecified: Bool { isV4 ? v4Bits == 0 : high == 0 && low == 0 }

    public var isMulticast: Bool { isV4 ? v4Bits >> 28 == 0xe : high >> 56 == 0xff }
}

// MARK: - Text

extension IPAddress: CustomStringConvertible {
    /// Parses a numeric address without zone; nil when it is none. Strict: four decimal octets, no leading zeros (RFC 6943 section 3.1.1).
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        if bytes.contains(UInt8(ascii: ":")) {
            guard let words = Self.parseV6(bytes) else { return nil }
            self = words
        } else {
            guard let bits = Self.parseV4(bytes[...]) else { return nil }
            self.init(v4: bits)
        }
    }

    private static func parseV4(_ bytes: ArraySlice<UInt8>) -> UInt32? {
        var (bits, octet): (UInt32, UInt32) = (0, 0)
        var (dots, digits) = (0, 0)
        for c in bytes {
            if c == UInt8(ascii: "."), digits > 0, dots < 3 {
                bits = bits << 8 | octet
                (octet, digits, dots) = (0, 0, dots + 1)
                continue
            }
            guard (48...57).contains(c), digits == 0 || octet > 0 else { return nil }
            octet = octet * 10 + UInt32(c - 48)
            digits += 1
            guard octet < 256 else { return nil }
        }
        return dots == 3 && digits > 0 ? bits << 8 | octet : nil
    }

    private static func parseV6(_ bytes: [UInt8]) -> IPAddress? {
        var groups: [UInt16] = []
        var gap: Int?
        var i = 0
        if bytes.count >= 2, bytes[0] == 58, bytes[1] == 58 {
            gap = 0
            i = 2
        }
        while i < bytes.count {
            let end = bytes[i...].firstIndex(of: 58) ?? bytes.count
            if bytes[i..<end].contains(46) {
                guard end == bytes.count, let v4 = parseV4(bytes[i..<end]) else { return nil }
                groups += [UInt16(v4 >> 16), UInt16(truncatingIfNeeded: v4)]
                break
            }
            guard (1...4).contains(end - i), let group = hexGroup(bytes[i..<end]) else { return nil }
            groups.append(group)
            if end == bytes.count { break }
            i = end + 1
            if i == bytes.count { return nil }
            if bytes[i] == 58 {
                guard gap == nil else { return nil }
                gap = groups.count
                i += 1
            }
        }
        guard let words = expand(groups, gap: gap) else { return nil }
        let high = words[0..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        let low = words[4..<8].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        return IPAddress(high: high, low: low)
    }

    private static func hexGroup(_ bytes: ArraySlice<UInt8>) -> UInt16? {
        var value: UInt16 = 0
        for c in bytes {
            guard let digit = Character(UnicodeScalar(c)).hexDigitValue else { return nil }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    private static func expand(_ groups: [UInt16], gap: Int?) -> [UInt16]? {
        guard let gap else { return groups.count == 8 ? groups : nil }
        guard groups.count < 8 else { return nil }
        return groups[..<gap] + Array(repeating: 0, count: 8 - groups.count) + groups[gap...]
    }

    /// RFC 5952: lower case, the longest run of zero groups compressed.
    public var description: String {
        if isV4 { return (0..<4).map { String(v4Bits >> (24 - 8 * UInt32($0)) & 255) }.joined(separator: ".") }
        let groups = (0..<8).map { i in UInt16(truncatingIfNeeded: (i < 4 ? high : low) >> UInt64(48 - 16 * (i % 4))) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(1, best.count) { best = start..<end }
            start = max(end, start + 1)
        }
        let hex: (ArraySlice<UInt16>) -> String = { $0.map { String($0, radix: 16) }.joined(separator: ":") }
        if best.isEmpty { return hex(groups[...]) }
        return hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
    }
}
