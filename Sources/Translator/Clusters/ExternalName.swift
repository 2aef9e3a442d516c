import Base
import Resources

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

    /// Why a Service with an external name may not be an upstream; nil for those that may, and for all others.
    static func refusal(_ service: Service, _ settings: TranslatorSettings) -> (refusal: Refusal, message: String)? {
        guard service.spec.type == "ExternalName" else { return nil }
        let title = "Service \(service.metadata.key)"
        guard settings.allowsExternalNames else {
            return (
                .notPermitted,
                "\(title) is of type ExternalName, which may not be an upstream here; start with --allow-external-names, or use a "
                    + "Service with endpoints."
            )
        }
        guard let name = ExternalName(service.spec.externalName ?? "") else {
            return (
                .backendInvalid,
                "\(title) has no usable externalName; write a DNS name such as api.example.com into spec.externalName."
            )
        }
        if name.isForbidden, !(name.isLoopback && settings.allowsLoopback) {
            return (
                .notPermitted,
                "\(title) stands for '\(name.text)', which is no place outside this machine and may not be an upstream; name another host."
            )
        }
        return nil
    }
}
