import Base
import Foundation
@testable import Engine
import Graph
@testable import Reactor
import TestKit
import Testing

/// An endpoint that answers late over the connections of one worker only, as one does whose own threads each have a share of them: the
/// other worker's clients must not wait for it, and that worker's hardly.
@Suite struct OneSlowWorkerTests {
    @Test(arguments: [Cluster.Balancer.leastRequest, .peakEWMA], 1...2 as ClosedRange<UInt64>)
    func `an endpoint that is slow to one worker is asked little by it, and holds up nobody else`(
        balancer: Cluster.Balancer, seed: UInt64
    ) throws {
        let play = try SlowPlay(balancer, seed: seed)
        try play.run(milliseconds: 1000)
        let slow = play.answers.filter { $0.worker == SlowPlay.slowWorker }
        let other = play.answers.filter { $0.worker != SlowPlay.slowWorker }
        #expect(play.failures == [])
        #expect(other.allSatisfy { $0.milliseconds <= 5 }, "\(other.map(\.milliseconds).max() ?? 0) ms at most")
        // A third of them, if nobody learned of it.
        let late = slow.count { $0.milliseconds >= SlowPlay.delay }
        #expect(late * 20 <= slow.count, "\(late) of \(slow.count)")
        #expect(other.contains { $0.endpoint == SlowPlay.origins[0] }, "the other worker goes on using it")
    }
}

/// Clients that ask again as soon as they are answered, two workers, three endpoints.
private final class SlowPlay {
    static let origins = (1...3).map { SocketAddress(IPAddress(v4: 0x0a00_0000 + UInt32($0)), 80) }
    /// Milliseconds that the first endpoint takes over connections of this worker; it takes one otherwise, as the others do.
    static let delay = 200
    static let slowWorker = 0

    struct Answer {
        let worker: Int
        let endpoint: SocketAddress
        let milliseconds: Int
    }

    private struct Client {
        let end: Int
        var askedAt = 0
    }

    private let network: SimulatedNetwork
    private let crew: WireWorkers<SimulatedPort>
    private var clients: [Client] = []
    /// When each connection to an endpoint is to be answered.
    private var due: [Int: Int] = [:]
    private var clock = 0
    private(set) var answers: [Answer] = []
    private(set) var failures: [String] = []

    init(_ balancer: Cluster.Balancer, seed: UInt64) throws {
        let text = "# Nothing but endpoints.\n-- script --\nwait 1s\n"
        let script = try WireScript(CaseFile(text: text, url: URL(fileURLWithPath: "/slow.case")))
        let network = SimulatedNetwork(seed: seed)
        self.network = network
        crew = try WireWorkers(2, seed: seed, script) { SimulatedPort(network, worker: $0) }
        let endpoints = Self.origins.map { "  endpoint \($0.ip):80\n" }.joined()
        let graph = try GraphText.parse(
            "listener http 0.0.0.0:8080\n  host *\n    prefix / -> r\nrule r\n  forward to web\n"
                + "cluster web http balancer \(balancer.rawValue) loopback\n" + endpoints)
        crew.clock.set(network.time)
        crew.publish(graph, at: [SocketAddress(IPAddress(v4: 0), 8080)])
        for worker in crew.workers { worker.step(milliseconds: 0) }
        for origin in Self.origins { network.setOrigin(origin, .accepts) }
        for i in 0..<32 {
            let address = SocketAddress(IPAddress(v4: 0x0a01_0000 + UInt32(i)), 40000)
            let end = try #require(network.connect(from: address, to: WireScript.listener, worker: i % 2))
            clients.append(Client(end: end))
        }
    }

    func run(milliseconds: Int) throws {
        for i in clients.indices { ask(i) }
        while clock < milliseconds {
            settle()
            clock += 1
            network.advance(to: network.time.advanced(byMilliseconds: 1))
            answerWhatIsDue()
            settle()
            for i in clients.indices { takeAnswer(i) }
        }
    }

    private func ask(_ i: Int) {
        clients[i].askedAt = clock
        network.send(clients[i].end, Array("GET / HTTP/1.1\r\nhost: s\r\n\r\n".utf8))
    }

    private func settle() {
        var moved = true
        while moved {
            moved = network.turn()
            for i in crew.workers.indices where network.wants(worker: i) {
                crew.workers[i].step(milliseconds: -1)
                moved = true
            }
        }
    }

    private func answerWhatIsDue() {
        for origin in Self.origins {
            for end in network.accepted(by: origin) where !network.received(end).isEmpty {
                let isLate = origin == Self.origins[0] && worker(of: end) == Self.slowWorker
                let time = due[end] ?? clock + (isLate ? Self.delay : 0)
                due[end] = time
                guard time <= clock else { continue }
                due[end] = nil
                network.forget(end)
                let body = "\(origin.ip)"
                network.send(end, Array("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)".utf8))
            }
        }
    }

    /// A client's connection may have been handed to the other worker.
    private func worker(of end: Int) -> Int { network.ends[end].socket?.worker ?? -1 }

    private func takeAnswer(_ i: Int) {
        let text = String(decoding: network.received(clients[i].end), as: UTF8.self)
        guard !text.isEmpty else { return }
        network.forget(clients[i].end)
        guard let origin = Self.origins.first(where: { text.hasSuffix("\($0.ip)") }) else { return failures.append(text) }
        answers.append(Answer(worker: worker(of: clients[i].end), endpoint: origin, milliseconds: clock - clients[i].askedAt))
        ask(i)
    }
}
