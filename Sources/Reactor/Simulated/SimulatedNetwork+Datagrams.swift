public import Base

/// A datagram that a script received.
public struct SimulatedDatagram: Equatable, Sendable {
    public var bytes: [UInt8]
    /// Whom it is from. Of what a worker sends to an origin the port tells its sockets apart.
    public var peer: SocketAddress
}

// Datagrams arrive at once and whole, in the order in which they were sent: that others do not may be any network's doing, and no proxy's concern.
extension SimulatedNetwork {
    /// Sends a datagram as a client. - Returns: false when nobody listens there.
    ///
    /// The kernel gives all of one client's to the same of the workers that share an address.
    @discardableResult
    public func sendDatagram(_ bytes: [UInt8], from client: SocketAddress, to address: SocketAddress) -> Bool {
        let group = sockets.compactMap { $0 }.filter { socket in
            guard case .datagrams(let own) = socket.kind else { return false }
            return own.port == address.port && (own.ip.isUnspecified || own.ip == address.ip)
        }
        guard !group.isEmpty else { return false }
        group[Int(client.port) % group.count].datagrams.append((bytes, client))
        return true
    }

    /// Answers, as an origin, the socket of a worker that `sender` names.
    public func answerDatagram(_ bytes: [UInt8], from origin: SocketAddress, to sender: SocketAddress) {
        for socket in sockets {
            guard let socket, case .datagramsTo(origin, from: sender.port) = socket.kind else { continue }
            socket.datagrams.append((bytes, origin))
            tell(socket, .readable)
        }
    }

    /// Everything that the client has received so far.
    public func datagrams(toClient client: SocketAddress) -> [SimulatedDatagram] { clientMail[client] ?? [] }
    public func datagrams(toOrigin origin: SocketAddress) -> [SimulatedDatagram] { originMail[origin] ?? [] }

    func deliver(_ bytes: [UInt8], to client: SocketAddress, from own: SocketAddress) {
        clientMail[client, default: []].append(SimulatedDatagram(bytes: bytes, peer: own))
    }

    func deliver(_ bytes: [UInt8], from port: UInt16, toOrigin origin: SocketAddress) {
        guard origins[origin]?.behaviour == .accepts else {
            guard origins[origin]?.behaviour != .hangs else { return }
            for socket in sockets {
                guard let socket, case .datagramsTo(origin, from: port) = socket.kind else { continue }
                socket.isRefused = true
                tell(socket, [.readable, .error])
            }
            return
        }
        originMail[origin, default: []].append(SimulatedDatagram(bytes: bytes, peer: SocketAddress(origin.ip, port)))
    }
}
