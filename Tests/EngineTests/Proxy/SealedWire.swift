import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Secure

/// A client's connection over TLS, on a real socket.
final class SealedWire {
    private let socket: BlockingSocket
    let machine: TLSMachine
    private static let patience = 10_000

    init(to address: SocketAddress, _ authority: TestAuthority, name: String?, showing identity: Identity? = nil) throws {
        socket = try BlockingSocket.connect(to: address.ip, port: address.port)
        machine = try TLSMachine(try authority.trust(showing: identity), serverName: name)
    }

    /// Sends what the machine has to say, and gives it what comes. False at the end of the stream.
    @discardableResult private func move() -> Bool {
        let words = machine.takeCiphertext()
        if !words.isEmpty { _ = socket.send(words, stallMilliseconds: Self.patience) }
        guard case .bytes(let bytes) = socket.receive(upTo: 65_536, milliseconds: Self.patience) else { return false }
        machine.receive(bytes)
        return true
    }

    /// Until the handshake is over, well or not.
    @discardableResult func shake() -> TLSMachine.State {
        machine.advanceHandshake()
        while machine.state == .handshaking, move() {}
        let words = machine.takeCiphertext()
        if !words.isEmpty { _ = socket.send(words, stallMilliseconds: Self.patience) }
        return machine.state
    }

    /// One request, and what comes until it holds `marker`, or the end.
    func ask(_ request: String, until marker: String) -> String {
        if machine.state == .handshaking { shake() }
        machine.write(Array(request.utf8))
        var text = ""
        repeat {
            while case let piece = machine.read(), !piece.isEmpty { text += String(decoding: piece, as: UTF8.self) }
        } while !text.contains(marker) && machine.state == .open && move()
        return text
    }
}

/// Makes certificates that its clients trust.
struct TestAuthority {
    let ca: CertificateAuthority

    init() throws {
        ca = try .selfSigned(CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
    }

    func trust(showing identity: Identity? = nil) throws -> TLSContext {
        try TLSContext(
            .client, identity: identity, verifying: .required(authorities: [ca.identity.certificate]), protocols: ["http/1.1"])
    }

    /// The common name is the first name.
    func certificate(for purpose: CertificateTemplate.Purpose = .server, _ names: String...) throws -> CertificateBytes {
        let identity = try identity(for: purpose, names)
        return CertificateBytes(chain: try identity.certificate.pem(), key: try identity.key.pem())
    }

    /// - Parameter end: seconds since 1970.
    func identity(
        for purpose: CertificateTemplate.Purpose, until end: Int64 = 4_000_000_000, _ names: [String]
    ) throws -> Identity {
        var template = CertificateTemplate(purpose, commonName: names[0], validFrom: 0, validUntil: end)
        template.alternativeNames = names.map { .dns($0) }
        return try ca.issue(template)
    }
}
