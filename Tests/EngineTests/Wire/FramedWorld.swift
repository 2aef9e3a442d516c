import Base
@testable import Engine
import Graph
import Reactor

/// The simulated world with clients that speak HTTP/2: each thing they send is one request, on a stream of its own.
final class FramedWorld: WireWorld {
    private let network: SimulatedWorld
    private var clients: [Int: FramedClient] = [:]

    init(_ script: WireScript, workers: Int, seed: UInt64, faults: SimulatedFaults) throws {
        network = try SimulatedWorld(script, workers: workers, seed: seed, faults: faults)
    }

    func connect(from client: IPAddress) -> Int? {
        guard let end = network.connect(from: client) else { return nil }
        clients[end] = FramedClient()
        return end
    }

    func send(_ end: Int, _ bytes: [UInt8]) {
        guard let client = clients[end] else { return network.send(end, bytes) }
        client.ask(bytes)
        network.send(end, client.take())
    }

    /// A client gives its newest stream up; an endpoint ends its connection.
    func finish(_ end: Int) {
        guard let client = clients[end] else { return network.finish(end) }
        client.cancel()
        network.send(end, client.take())
    }

    func move() -> Bool {
        var moved = network.move()
        for (end, client) in clients.sorted(by: { $0.key < $1.key }) {
            let all = network.received(end)
            if client.taken < all.count {
                client.receive(all[client.taken...])
                client.taken = all.count
                moved = true
            }
            let words = client.take()
            if !words.isEmpty {
                network.send(end, words)
                moved = true
            }
        }
        return moved
    }

    func shown(_ end: Int) -> String? { clients[end]?.shown }

    func publish(_ graph: String) throws { try network.publish(graph) }
    func close(_ end: Int) { network.close(end) }
    func reset(_ end: Int) { network.reset(end) }
    func setReading(_ end: Int, _ reads: Bool) { network.setReading(end, reads) }
    func received(_ end: Int) -> [UInt8] { network.received(end) }
    func ending(_ end: Int) -> SimulatedNetwork.Ending { network.ending(end) }
    func update(_ cluster: ClusterID, _ endpoints: [Endpoint]) { network.update(cluster, endpoints) }
    func enter(_ phase: DrainPhase) { network.enter(phase) }
    func setOrigin(_ address: SocketAddress, _ behaviour: SimulatedNetwork.Behaviour) { network.setOrigin(address, behaviour) }
    func accepted(by address: SocketAddress) -> [Int] { network.accepted(by: address) }
    func advance(milliseconds: UInt64, _ settle: () -> Void) { network.advance(milliseconds: milliseconds, settle) }
    func starve(_ what: WireScript.Starving, _ count: Int) { network.starve(what, count) }
    func rest(_ settle: () -> Void) { network.rest(settle) }
    func collectLog() throws { try network.collectLog() }
    var logLines: [String] { network.logLines }
    func leftovers(_ settle: () -> Void) -> [String] { network.leftovers(settle) }
    func restore(_ text: String) -> String { text }
}
