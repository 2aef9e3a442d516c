import Base

/// The DNS name of an ExternalName Service. What it resolves to is judged again by the proxy, each time that it resolves.
struct ExternalName {
    let text: String
    private let address: IPAddress?

    /// nil when it is neither a DNS name nor an address.
    init?(_ written: String) {
        var name = written.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        address = IPAddress(name)
        guard address != nil || Self.isDNSName(name) else { return nil }
        text = name
    }

    /// DNS names that are dialled may hold underscores, unlike hostnames (RFC 2181 section 11).
    private static func isDNSName(_ name: String) -> Bool {
        Hostname.isName(Substring(name.replacing("_", with: "x"))) && name.utf8.contains { $0 > UInt8(ascii: "9") }
    }

    var isLoopback: Bool { address?.isLoopback ?? (text == "localhost" || text.hasSuffix(".localhost")) }

    /// Names and addresses that can only mean this machine, its link or nothing (RFC 6761 section 6.3, RFC 3927).
    var isForbidden: Bool {
        guard let address else { return isLoopback }
        return address.isLoopback || address.isLinkLocal || address.isUnspecified || address.isMulticast
    }
}
