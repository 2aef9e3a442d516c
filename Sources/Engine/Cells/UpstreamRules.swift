public import Base

/// Which addresses may be upstreams. A Service, an EndpointSlice or a DNS name that somebody else controls must not turn the
/// gateway into a way to its own loopback, its node or the cloud's metadata service.
public struct UpstreamRules: Sendable {
    /// Why an address was refused.
    public enum Refusal: String, Sendable, CaseIterable {
        case notAnAddress, loopback, linkLocal, metadata, unspecified, multicast, ownListener

        /// A sentence for diagnostics.
        public var sentence: String {
            switch self {
            case .notAnAddress: "is not a numeric IP address"
            case .loopback: "is a loopback address"
            case .linkLocal: "is a link-local address"
            case .metadata: "is a cloud metadata service"
            case .unspecified: "is an unspecified address"
            case .multicast: "is a multicast or broadcast address"
            case .ownListener: "is the gateway's own listener"
            }
        }
    }

    /// The gateway's own addresses, as told by Wiring (interfaces, Pod IPs).
    public var ownAddresses: [IPAddress]
    /// Ports that the gateway listens on, with the address listened on (unspecified: all).
    public var ownListeners: [(address: IPAddress, port: UInt16)]

    public init(ownAddresses: [IPAddress] = [], ownListeners: [(address: IPAddress, port: UInt16)] = []) {
        self.ownAddresses = ownAddresses
        self.ownListeners = ownListeners
    }

    /// Metadata services that no other rule covers: AWS and GCP over IPv6, Alibaba, Oracle, Azure's host.
    private static let metadata: [IPAddress] = [
        IPAddress(high: 0xfd00_0ec2_0000_0000, low: 0x254), IPAddress(high: 0xfd20_00ce_0000_0000, low: 0x254),
        IPAddress(v4: 0x6464_64c8), IPAddress(v4: 0xc000_00c0), IPAddress(v4: 0xa83f_8110),
    ]

    /// Why `address` may not be an upstream; nil when it may.
    ///
    /// - Parameter allowsLoopback: loopback endpoints are welcome (`martlet dev`, `--manifests`). Nothing else is let through by it.
    public func refusal(_ address: IPAddress, port: UInt16, allowsLoopback: Bool) -> Refusal? {
        let address = Self.unwrapped(address)
        if isOwnListener(address, port) { return .ownListener }
        if address.isLoopback { return allowsLoopback ? nil : .loopback }
        // 0.0.0.0/8 is "this host" (RFC 1122 section 3.2.1.3): connecting to 0.0.0.0 reaches loopback.
        if address.isUnspecified || (address.isV4 && address.v4Bits >> 24 == 0) { return .unspecified }
        if Self.metadata.contains(address) || (address.isV4 && address.v4Bits == 0xa9fe_a9fe) { return .metadata }
        if address.isLinkLocal { return .linkLocal }
        if address.isMulticast || (address.isV4 && address.v4Bits == .max) { return .multicast }
        return nil
    }

    private func isOwnListener(_ address: IPAddress, _ port: UInt16) -> Bool {
        ownListeners.contains { own in
            guard own.port == port else { return false }
            if own.address == address { return true }
            guard own.address.isUnspecified else { return false }
            return address.isLoopback || address.isUnspecified || ownAddresses.contains(address)
        }
    }

    /// The IPv4 address inside IPv4-compatible (::a.b.c.d, RFC 4291), NAT64 (64:ff9b::/96, RFC 6052) and 6to4 (2002::/16) forms: a
    /// translator on the way would deliver there. The mapped form is the same as IPv4 already.
    static func unwrapped(_ address: IPAddress) -> IPAddress {
        if address.isV4 { return address }
        if address.high == 0, address.low >> 32 == 0, address.low > 1 { return IPAddress(v4: address.v4Bits) }
        if address.high == 0x0064_ff9b_0000_0000, address.low >> 32 == 0 { return IPAddress(v4: address.v4Bits) }
        if address.high >> 48 == 0x2002 { return IPAddress(v4: UInt32(truncatingIfNeeded: address.high >> 16)) }
        return address
    }
}
