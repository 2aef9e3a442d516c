import Base
@testable import Engine
import Foundation
import Graph
import Synchronization
import Telemetry

/// A proxy on a free loopback port that serves a graph.
final class TestGateway: Sendable {
    let proxy: Proxy
    let address: SocketAddress
    private let transport: Transport
    private let drained = Atomic<Bool>(false)

    /// - Parameter rules: lines of a graph's text behind its listener; `ADDRESS` there is the gateway's own.
    init(workers: Int = 1, transport: Transport = .http, _ change: (inout ProxySettings) -> Void = { _ in }) throws {
        self.transport = transport
        var settings = ProxySettings()
        settings.workers = workers
        settings.accessLog = .none
        settings.limits.sockets = 4096
        settings.limits.clients = 3000
        settings.limits.exchanges = 3000
        change(&settings)
        proxy = try Proxy(settings, log: { _ in })
        address = try proxy.reserve(SocketAddress(.v4Loopback, 0), transport: transport)
    }

    deinit { if !drained.load(ordering: .relaxed) { _ = proxy.drain(within: .zero) } }

    /// Publishes `hosts` (entries below the listener) and what follows, and waits until all workers serve it.
    @discardableResult
    func publish(_ hosts: String, _ rest: String) throws -> Proxy.PublishReport {
        try publish(GraphText.parse("listener \(transport.rawValue) \(address)\n\(hosts)\n\(rest)\n"))
    }

    @discardableResult
    func publish(_ graph: RoutingGraph) throws -> Proxy.PublishReport {
        let bell = Condition()
        proxy.onAcknowledged { bell.raise($0) }
        let report = proxy.publish(graph)
        bell.wait(for: report.generation)
        return report
    }

    /// Everything goes to these ports.
    func forward(to ports: [UInt16], rule: String = "") throws {
        try publish("  host *\n    prefix / -> r", "rule r\n\(rule)  forward to c\n\(Self.cluster("c", ports))")
    }

    static func cluster(_ id: String, _ ports: [UInt16]) -> String {
        "cluster \(id) http loopback\n" + ports.map { "  endpoint 127.0.0.1:\($0)\n" }.joined()
    }

    func connect() throws -> Wire { try Wire(to: address) }

    /// One request on a connection of its own.
    func ask(_ request: String) throws -> Wire.Message {
        let wire = try connect()
        wire.send(request)
        return try wire.message(hasBody: !request.hasPrefix("HEAD"))
    }

    func drain(within limit: Duration) -> Proxy.DrainReport {
        drained.store(true, ordering: .relaxed)
        return proxy.drain(within: limit)
    }
}

/// A number that only grows, and whoever waits for it.
final class Condition: Sendable {
    private let lock = NSCondition()
    private let value = Mutex<UInt64>(0)

    func raise(_ to: UInt64) {
        lock.lock()
        value.withLock { $0 = max($0, to) }
        lock.broadcast()
        lock.unlock()
    }

    func add(_ n: UInt64) {
        lock.lock()
        value.withLock { $0 += n }
        lock.broadcast()
        lock.unlock()
    }

    var current: UInt64 { value.withLock { $0 } }

    func wait(for wanted: UInt64) {
        lock.lock()
        while value.withLock({ $0 }) < wanted { lock.wait() }
        lock.unlock()
    }
}
