import Resources

/// Which port of a Service stands for a port of another one.
enum PortPartner {
    /// The port of the same number, else of the same name, else the only one, unless that one stands for another port of the first Service.
    ///
    /// - Parameters:
    ///   - port: of `service`.
    ///   - other: where its requests go instead.
    static func number(of port: Service.Port, of service: Service, in other: Service) -> Int? {
        let choices = other.spec.ports.filter { $0.transport == port.transport }
        // Any port of an external name may be asked for.
        if choices.isEmpty, other.spec.type == "ExternalName" { return port.port }
        if let same = choices.first(where: { $0.port == port.port }) { return same.port }
        if let named = choices.first(where: { isNamed($0, like: port) }) { return named.port }
        guard let only = choices.first, choices.count == 1 else { return nil }
        let isTaken = service.spec.ports.contains { sibling in
            sibling != port && sibling.transport == port.transport && (sibling.port == only.port || isNamed(sibling, like: only))
        }
        return isTaken ? nil : only.port
    }

    private static func isNamed(_ a: Service.Port, like b: Service.Port) -> Bool { !a.name.isEmpty && a.name == b.name }

    /// Ports that routes lead to.
    static func routed(_ service: Service) -> [(port: Service.Port, transport: ClusterReference.Transport)] {
        service.spec.ports.compactMap { port in
            switch port.transport {
            case ClusterReference.Transport.tcp.word: (port, .tcp)
            case ClusterReference.Transport.udp.word: (port, .udp)
            default: nil
            }
        }
    }
}
