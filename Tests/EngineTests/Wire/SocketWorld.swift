import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import TestKit

/// The same workers over epoll and loopback, stepped by the thread that plays the scripts.
final class SocketWorld: WireWorld {
    private let crew: WireWorkers<EpollPort>
    private let ends = LoopbackEnds()
    private let listenPort: UInt16
    private var origins: [SocketAddress: Origin] = [:]
    private var quietTurns = 0
    /// Nothing has moved for so many turns of a millisecond: all is at rest.
    private static let restingTurns = 6

    private struct Origin {
        let port: UInt16
        var listener: Int32 = -1
        var accepted: [Int] = []
    }

    init(_ script: WireScript, workers: Int) throws {
        listenPort = try UnusedPort.take()
        crew = try WireWorkers(workers, seed: Machine.seed(), script) { _ in try EpollPort(waker: try Waker()) }
        for origin in script.origins { origins[origin.address] = try Origin(port: UnusedPort.take()) }
    }

    deinit { for origin in origins.values where origin.listener >= 0 { Sockets.close(origin.listener) } }

    func publish(_ text: String) throws {
        var text = (text + "\n").replacingOccurrences(of: "0.0.0.0:8080", with: "127.0.0.1:\(listenPort)")
        for (address, origin) in origins {
            text = text.replacingOccurrences(of: "endpoint \(address)\n", with: "endpoint 127.0.0.1:\(origin.port)\n")
        }
        let graph = try GraphText.parse(text)
        // No case talks to anything but loopback.
        guard graph.endpoints.values.joined().allSatisfy({ IPAddress($0.address)?.isLoopback == true }) else {
            throw WireScript.Malformed("an endpoint that is not among the origins")
        }
        crew.publish(graph, at: [SocketAddress(.v4Loopback, listenPort)])
        for worker in crew.workers { worker.step(milliseconds: 0) }
    }

    func update(_ cluster: ClusterID, _ endpoints: [Endpoint]) {
        let real = endpoints.map { endpoint in
            let address = IPAddress(endpoint.address).map { SocketAddress($0, endpoint.port) }
            return Endpoint(address: "127.0.0.1", port: address.flatMap { origins[$0]?.port } ?? endpoint.port)
        }
        crew.registry.update(.endpoints(cluster, real))
    }

    func enter(_ phase: DrainPhase) {
        crew.enter(phase)
        for worker in crew.workers { worker.step(milliseconds: 0) }
    }

    func connect(from client: IPAddress) -> Int? { ends.connect(listenPort) }
    func send(_ end: Int, _ bytes: [UInt8]) { ends.send(end, bytes) }
    func finish(_ end: Int) { ends.finish(end) }
    func close(_ end: Int) { ends.close(end) }
    func reset(_ end: Int) { ends.reset(end) }
    func setReading(_ end: Int, _ reads: Bool) { ends.setReading(end, reads) }
    func received(_ end: Int) -> [UInt8] { ends.ends[end].received }
    func ending(_ end: Int) -> SimulatedNetwork.Ending { ends.ends[end].ending }
    func accepted(by address: SocketAddress) -> [Int] { origins[address]?.accepted ?? [] }

    func setOrigin(_ address: SocketAddress, _ behaviour: SimulatedNetwork.Behaviour) throws {
        guard var origin = origins[address] else { return }
        if behaviour == .accepts, origin.listener < 0 {
            origin.listener = Sockets.listen(SocketAddress(.v4Loopback, origin.port), reusePort: false)
            guard origin.listener >= 0 else { throw WireScript.Malformed("the port of \(address) was taken meanwhile") }
        } else if behaviour == .refuses, origin.listener >= 0 {
            Sockets.close(origin.listener)
            origin.listener = -1
        }
        origins[address] = origin
    }

    func move() -> Bool {
        var moved = ends.move()
        for (address, origin) in origins where origin.listener >= 0 {
            while let end = ends.accept(origin.listener) {
                origins[address]?.accepted.append(end)
                moved = true
            }
        }
        for worker in crew.workers where !worker.hasEnded { worker.step(milliseconds: moved ? 0 : 1) }
        quietTurns = moved ? 0 : quietTurns + 1
        if quietTurns < Self.restingTurns { return true }
        quietTurns = 0
        return false
    }

    func advance(milliseconds: UInt64, _ settle: () -> Void) { settle() }

    /// The system's descriptors are everybody's: such cases are played on the simulated network only.
    func starve(_ what: WireScript.Starving, _ count: Int) {}
    func rest(_ settle: () -> Void) { settle() }
    func collectLog() throws { try crew.collectLog() }
    var logLines: [String] { crew.lines }
    var mirrorLines: [String] { crew.mirrorLines }

    func leftovers(_ settle: () -> Void) -> [String] {
        settle()
        var found = crew.workers.flatMap(\.leftovers)
        if crew.inFlight != 0 { found.append("\(crew.inFlight) requests in flight") }
        enter(.draining)
        settle()
        if !crew.workers.allSatisfy(\.hasEnded) { found.append("a worker that does not end") }
        return found
    }

    func restore(_ text: String) -> String {
        var text = text
        for (address, origin) in origins { text = text.replacingOccurrences(of: "127.0.0.1:\(origin.port)", with: "\(address)") }
        return text.replacingOccurrences(of: "\(listenPort)", with: "8080")
    }
}
