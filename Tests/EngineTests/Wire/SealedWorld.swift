import Base
@testable import Engine
import Graph
import HTTP
import Reactor
import Secure

/// The simulated world with TLS between the clients and the gateway: nothing else may differ.
final class SealedWorld: SimulatedWorld {
    private let trust: TLSContext
    private let bytes: CertificateBytes
    private let isIntroduced: Bool
    private var clients: [Int: Client] = [:]

    /// A client's end of one connection.
    private struct Client {
        let machine: TLSMachine
        /// Until it is whole, a PROXY header goes before TLS; nil when there is none to come.
        var introduction: [UInt8]?
        /// Ciphertext that was handed to the machine.
        var taken = 0
        var plain: [UInt8] = []
        /// What the script wants said before the handshake is over.
        var unsaid: [UInt8] = []
        var finishes = false
        var closes = false
    }

    override init(_ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults) throws {
        isIntroduced = script.isIntroduced
        let authority = try TestAuthority()
        bytes = try authority.certificate("shop.example")
        trust = try authority.trust()
        try super.init(script, workers: workers, seed: seed, faults: faults)
    }

    override func publish(_ text: String) throws {
        update(certificate: "shop/tls", bytes)
        try super.publish(
            text.replacing(
                "listener http 0.0.0.0:8080\n", with: "listener https 0.0.0.0:8080\n  certificate * shop/tls\n"))
    }

    override func connect(from client: IPAddress) throws -> Int? {
        guard let end = try super.connect(from: client) else { return nil }
        clients[end] = Client(
            machine: try TLSMachine(trust, serverName: "shop.example"), introduction: isIntroduced ? [] : nil)
        return end
    }

    override func send(_ end: Int, _ bytes: [UInt8]) {
        if clients[end] == nil { return super.send(end, bytes) }
        guard let before = clients[end]?.introduction else {
            clients[end]?.unsaid += bytes
            return
        }
        guard case .complete(let header) = ProxyHeader.parse((before + bytes).span) else {
            clients[end]?.introduction = before + bytes
            return super.send(end, bytes)
        }
        clients[end]?.introduction = nil
        super.send(end, Array(bytes.prefix(header.length - before.count)))
        clients[end]?.unsaid = Array(bytes.dropFirst(header.length - before.count))
    }

    private func isSpeaking(_ end: Int) -> Bool { clients[end].map { $0.introduction == nil } ?? false }

    override func finish(_ end: Int) {
        if !isSpeaking(end) { return super.finish(end) }
        clients[end]?.finishes = true
    }

    override func close(_ end: Int) {
        if !isSpeaking(end) { return super.close(end) }
        clients[end]?.closes = true
    }

    override func reset(_ end: Int) {
        // What was said before arrives before.
        _ = talk(end)
        super.reset(end)
    }

    override func received(_ end: Int) -> [UInt8] { clients[end]?.plain ?? super.received(end) }

    /// An end that was not announced (RFC 8446 section 6.1) is no end.
    override func ending(_ end: Int) -> SimulatedNetwork.Ending {
        let ending = super.ending(end)
        guard let client = clients[end], client.introduction == nil, ending == .ended else { return ending }
        return client.machine.state == .closed ? .ended : .reset
    }

    override func move() -> Bool {
        var moved = super.move()
        for end in clients.keys.sorted() where talk(end) { moved = true }
        return moved
    }

    /// Lets one client's machine work on what came, and sends what it has to say.
    private func talk(_ end: Int) -> Bool {
        guard var client = clients[end], client.introduction == nil else { return false }
        var moved = false
        let all = super.received(end)
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
            super.send(end, words)
            moved = true
        }
        if isHeard, client.closes { super.close(end) } else if isHeard, client.finishes { super.finish(end) }
        if isHeard, client.closes || client.finishes { moved = true }
        if isHeard { (client.closes, client.finishes) = (false, false) }
        clients[end] = client
        return moved
    }

    /// The retry of a starved accept may be starved as well, and there may be no next step that would let time pass.
    override func rest(_ settle: () -> Void) {
        super.rest(settle)
        for _ in 0..<3 where clients.values.contains(where: { !$0.unsaid.isEmpty && $0.machine.state == .handshaking }) {
            super.rest(settle)
        }
    }

    /// How the outcome of a case is to be read, on both sides: what an endpoint learns of the scheme is all that differs, and that a
    /// client can tell an answer that breaks off from one that ends.
    static func reading(_ script: WireScript) -> (String) -> String {
        { text in
            let text = text.replacing("x-forwarded-proto: https", with: "x-forwarded-proto: http")
            return script.breaksOff ? text.replacing("{reset}", with: "{end}") : text
        }
    }
}
