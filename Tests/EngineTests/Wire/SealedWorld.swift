import Base
@testable import Engine
import Graph
import Reactor
import Secure

/// The simulated world with TLS between the clients and the gateway: nothing else may differ.
final class SealedWorld: WireWorld {
    private let network: SimulatedWorld
    private let authority: CertificateAuthority
    private let trust: TLSContext
    private let bytes: CertificateBytes
    private var clients: [Int: Client] = [:]

    /// A client's end of one connection.
    private struct Client {
        let machine: TLSMachine
        /// Ciphertext that was handed to the machine.
        var taken = 0
        var plain: [UInt8] = []
        /// What the script wants said before the handshake is over.
        var unsaid: [UInt8] = []
        var finishes = false
        var closes = false
    }

    init(_ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults) throws {
        network = try SimulatedWorld(script, workers: workers, seed: seed, faults: faults)
        authority = try .selfSigned(CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
        var template = CertificateTemplate(.server, commonName: "shop.example", validFrom: 0, validUntil: 4_000_000_000)
        template.alternativeNames = [.dns("shop.example")]
        let identity = try authority.issue(template)
        bytes = CertificateBytes(chain: try identity.certificate.pem(), key: try identity.key.pem())
        trust = try TLSContext(.client, verifying: .required(authorities: [authority.identity.certificate]))
    }

    func publish(_ text: String) throws {
        network.update(certificate: "shop/tls", bytes)
        try network.publish(
            text.replacing(
                "listener http 0.0.0.0:8080\n", with: "listener https 0.0.0.0:8080\n  certificate * shop/tls\n"))
    }

    func connect(from client: IPAddress) throws -> Int? {
        guard let end = network.connect(from: client) else { return nil }
        clients[end] = Client(machine: try TLSMachine(trust, serverName: "shop.example"))
        return end
    }

    func send(_ end: Int, _ bytes: [UInt8]) {
        if clients[end] == nil { return network.send(end, bytes) }
        clients[end]?.unsaid += bytes
    }

    func finish(_ end: Int) {
        if clients[end] == nil { return network.finish(end) }
        clients[end]?.finishes = true
    }

    func close(_ end: Int) {
        if clients[end] == nil { return network.close(end) }
        clients[end]?.closes = true
    }

    func reset(_ end: Int) {
        // What was said before arrives before.
        _ = talk(end)
        network.reset(end)
    }

    func setReading(_ end: Int, _ reads: Bool) { network.setReading(end, reads) }
    func received(_ end: Int) -> [UInt8] { clients[end]?.plain ?? network.received(end) }

    /// An end that was not announced (RFC 8446 section 6.1) is no end.
    func ending(_ end: Int) -> SimulatedNetwork.Ending {
        let ending = network.ending(end)
        guard let client = clients[end], ending == .ended else { return ending }
        return client.machine.state == .closed ? .ended : .reset
    }

    func move() -> Bool {
        var moved = network.move()
        for end in clients.keys.sorted() where talk(end) { moved = true }
        return moved
    }

    /// Lets one client's machine work on what came, and sends what it has to say.
    private func talk(_ end: Int) -> Bool {
        guard var client = clients[end] else { return false }
        var moved = false
        let all = network.received(end)
        if client.taken < all.count {
            client.machine.receive(all[client.taken...])
            client.taken = all.count
            moved = true
        }
        client.machine.advanceHandshake()
        while case let piece = client.machine.read(), !piece.isEmpty { client.plain += piece }
        if client.machine.state == .open, !client.unsaid.isEmpty {
            client.machine.write(client.unsaid)
            client.unsaid = []
        }
        let isHeard = client.unsaid.isEmpty || client.machine.state != .handshaking
        if isHeard, client.finishes || client.closes { client.machine.close() }
        let words = client.machine.takeCiphertext()
        if !words.isEmpty {
            network.send(end, words)
            moved = true
        }
        if isHeard, client.closes { network.close(end) } else if isHeard, client.finishes { network.finish(end) }
        if isHeard, client.closes || client.finishes { moved = true }
        if isHeard { (client.closes, client.finishes) = (false, false) }
        clients[end] = client
        return moved
    }

    func update(_ cluster: ClusterID, _ endpoints: [Endpoint]) { network.update(cluster, endpoints) }
    func enter(_ phase: DrainPhase) { network.enter(phase) }
    func setOrigin(_ address: SocketAddress, _ behaviour: SimulatedNetwork.Behaviour) { network.setOrigin(address, behaviour) }
    func accepted(by address: SocketAddress) -> [Int] { network.accepted(by: address) }
    func advance(milliseconds: UInt64, _ settle: () -> Void) { network.advance(milliseconds: milliseconds, settle) }
    func starve(_ what: WireScript.Starving, _ count: Int) { network.starve(what, count) }
    /// The retry of a starved accept may be starved as well, and there may be no next step that would let time pass.
    func rest(_ settle: () -> Void) {
        network.rest(settle)
        for _ in 0..<3 where clients.values.contains(where: { !$0.unsaid.isEmpty && $0.machine.state == .handshaking }) {
            network.rest(settle)
        }
    }

    func collectLog() throws { try network.collectLog() }
    var logLines: [String] { network.logLines }
    func leftovers(_ settle: () -> Void) -> [String] { network.leftovers(settle) }

    func restore(_ text: String) -> String { text }

    /// How the outcome of a case is to be read, on both sides: what an endpoint learns of the scheme is all that differs, and that a
    /// client can tell an answer that breaks off from one that ends.
    static func reading(_ script: WireScript) -> (String) -> String {
        { text in
            let text = text.replacing("x-forwarded-proto: https", with: "x-forwarded-proto: http")
            return script.breaksOff ? text.replacing("{reset}", with: "{end}") : text
        }
    }
}
