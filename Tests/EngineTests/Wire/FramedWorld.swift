import Base
@testable import Engine
import Graph
import HTTP
import Reactor
import Secure

/// The simulated world with clients, endpoints or both that speak HTTP/2.
///
/// Each thing that such a client sends is one request, on a stream of its own. Each request that such an endpoint receives looks like a
/// connection of its own; to close that ends the answer, to reset it resets the stream.
final class FramedWorld: TLSWorld {
    enum Side { case clients, origins }

    /// What lies between the gateway and endpoints.
    enum Layer: String {
        case clear = "h2c"
        /// TLS, and HTTP/2 is demanded.
        case sealed = "h2"
        /// TLS, and HTTP/2 is what the endpoint chooses.
        case chosen = "https"
    }

    private let sides: Set<Side>
    private let layer: Layer
    private let authority: TestAuthority
    private let origin: TLSContext
    private let settings: HTTP2Settings
    /// Which requests share a connection is no chance.
    private let tellsConnections: Bool
    private var clients: [Int: FramedClient] = [:]
    private var origins: [Int: FramedOrigin] = [:]

    init(
        _ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults, sides: Set<Side>, layer: Layer = .clear
    ) throws {
        self.sides = sides
        self.layer = layer
        authority = try TestAuthority()
        origin = try TLSContext(
            .server, identity: try authority.identity(for: .server, ["web.shop.svc"]), protocols: ["h2", "http/1.1"])
        tellsConnections = script.mostWorkers == 1
        settings = HTTP2Settings(maxStreams: script.streams, takesWebSockets: script.takesWebSockets)
        try super.init(script, workers: workers, seed: seed, faults: faults)
    }

    override func publish(_ text: String) throws {
        guard sides.contains(.origins) else { return try super.publish(text) }
        update(.authority(secret: "shop/ca", try authority.ca.identity.certificate.pem()))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.hasPrefix("cluster "), let space = line.firstRange(of: #/ (http|h2c|grpc) /#) else { return String(line) }
            let spoken = line[space].contains("grpc") ? (layer == .clear ? "grpc" : "grpcs") : layer.rawValue
            let line = String(line[..<space.lowerBound]) + " \(spoken) " + line[space.upperBound...]
            return layer == .clear ? line : line.replacing(" loopback", with: " loopback tls web.shop.svc ca shop/ca")
        }
        try super.publish(lines.joined(separator: "\n"))
    }

    override func connect(from client: IPAddress) throws -> Int? {
        guard let end = try super.connect(from: client) else { return nil }
        if sides.contains(.clients) { clients[end] = FramedClient() }
        return end
    }

    // MARK: Endpoints

    /// Requests' ends are told from connections' by their size.
    private static let firstCall = 1 << 20

    private func call(_ end: Int) -> (origin: FramedOrigin, call: Int, connection: Int)? {
        guard end >= Self.firstCall, let origin = origins[end / Self.firstCall - 1] else { return nil }
        return (origin, end % Self.firstCall, end / Self.firstCall - 1)
    }

    override func accepted(by address: SocketAddress) -> [Int] {
        guard sides.contains(.origins) else { return super.accepted(by: address) }
        return super.accepted(by: address).flatMap { end in
            (origins[end]?.calls.indices ?? 0..<0).map { (end + 1) * Self.firstCall + $0 }
        }
    }

    override func received(_ end: Int) -> [UInt8] { call(end).map { $0.origin.calls[$0.call].received } ?? super.received(end) }

    override func fate(_ end: Int) -> String { call(end).map { $0.origin.calls[$0.call].fate } ?? "" }

    override func goodbyes(of address: SocketAddress) -> String {
        super.accepted(by: address).map { end in
            guard let origin = origins[end] else { return "" }
            let streams =
                tellsConnections ? "{connection: streams \(origin.calls.map { "\($0.stream.id)" }.joined(separator: " "))}\n" : ""
            return streams + origin.ending + (tellsConnections && super.ending(end) != .open ? "{closed}\n" : "")
        }.joined()
    }

    override func act(_ act: WireScript.FramedAct, _ address: SocketAddress) {
        for end in super.accepted(by: address) {
            switch act {
            case .goaway: origins[end]?.goAway()
            case .drops: super.close(end)
            }
        }
    }

    override func refuse(_ end: Int) {
        if let call = call(end) { call.origin.reset(call.call, .refusedStream) }
    }

    // MARK: What ends do

    override func send(_ end: Int, _ bytes: [UInt8]) {
        if let call = call(end) { return call.origin.say(call.call, bytes) }
        guard let client = clients[end] else { return super.send(end, bytes) }
        client.ask(bytes)
        super.send(end, client.take())
    }

    /// A client gives its newest stream up; an endpoint ends its connection, or its answer.
    override func finish(_ end: Int) {
        if let call = call(end) { return call.origin.end(call.call) }
        guard let client = clients[end] else { return super.finish(end) }
        client.cancel()
        super.send(end, client.take())
    }

    override func close(_ end: Int) {
        if let call = call(end) { call.origin.end(call.call) } else { super.close(end) }
    }

    override func reset(_ end: Int) {
        if let call = call(end) { call.origin.reset(call.call, .internalError) } else { super.reset(end) }
    }

    override func setReading(_ end: Int, _ reads: Bool) { super.setReading(call(end)?.connection ?? end, reads) }

    override func move() -> Bool {
        var moved = super.move()
        for (end, client) in clients.sorted(by: { $0.key < $1.key }) {
            if client.taken < super.received(end).count {
                client.receive(super.received(end)[client.taken...])
                client.taken = super.received(end).count
                moved = true
            }
            if say(client.take(), end) { moved = true }
        }
        if sides.contains(.origins) { for end in originEnds where moveOrigin(end) { moved = true } }
        return moved
    }

    private func moveOrigin(_ end: Int) -> Bool {
        if layer != .clear, !isSealed(end), let machine = try? TLSMachine(self.origin) { seal(end, machine) }
        let origin = origins[end] ?? FramedOrigin(settings)
        origins[end] = origin
        var moved = false
        let all = super.received(end)
        if origin.taken < all.count {
            origin.receive(all[origin.taken...])
            origin.taken = all.count
            moved = true
        }
        origin.speak()
        return say(origin.take(), end) || moved
    }

    private func say(_ bytes: [UInt8], _ end: Int) -> Bool {
        guard !bytes.isEmpty else { return false }
        super.send(end, bytes)
        return true
    }

    override func shown(_ end: Int) -> String? { clients[end]?.shown }
}
