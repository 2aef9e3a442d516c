import Base
@testable import Engine
import Foundation
import Graph
import Reactor
import Secure
import Synchronization
import Telemetry
import TestKit
import Testing

/// Endpoints from names: refreshed, kept while resolving fails, and never those that a name must not lead to.
@Suite struct KeeperTests {
    private let server: ScriptedNameServer
    private let registry: CellRegistry
    private let events: Events

    private final class Events: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ event: LogEvent) { lines.withLock { $0.append(event.text) } }
        var all: [String] { lines.withLock { $0 } }
    }

    init() throws {
        server = try ScriptedNameServer()
        let own = (address: IPAddress(high: 0, low: 0), port: UInt16(8080))
        registry = CellRegistry(rules: UpstreamRules(ownAddresses: [IPAddress(v4: 0xc000_0263)], ownListeners: [own]))
        events = Events()
    }

    private func keeper() throws -> Keeper {
        try Keeper(
            registry, servers: [SocketAddress(.v4Loopback, server.port)], timeout: 100, log: { [events] in events.add($0) })
    }

    private func entry(_ name: String, port: UInt16 = 80) throws -> ClusterEntry {
        let cluster = Cluster(id: name, discovery: .dns(name: name, port: port))
        return try #require(registry.cluster(cluster, initial: nil)).0
    }

    private func found(_ name: String) -> [String] {
        registry.endpoints(of: name).map { "\($0.endpoint.address):\($0.endpoint.port)" }.sorted()
    }

    /// Spins until it holds: the thread beside us is waited for, bounded by the test's time limit.
    private func until(_ condition: () -> Bool) { while !condition() { sched_yield() } }

    @Test(.timeLimit(.minutes(5))) func `keys of tickets are changed again and again`() throws {
        let keeper = try Keeper(registry, ticketPeriod: 1, log: { [events] in events.add($0) })
        until { (registry.tickets?.keys.mark.number ?? 0) >= 3 }
        keeper.stop()
    }

    @Test(.timeLimit(.minutes(5))) func `a name's addresses become endpoints, also of a cluster that comes later`() throws {
        server.set("one.example", .records([.a("192.0.2.1"), .aaaa("2001:db8::1")]))
        server.set("two.example", .records([.a("192.0.2.2")]))
        let first = try entry("one.example", port: 8443)
        let keeper = try keeper()
        until { found("one.example") == ["192.0.2.1:8443", "2001:db8::1:8443"] }
        let second = try entry("two.example")
        keeper.wake()
        until { found("two.example") == ["192.0.2.2:80"] }
        keeper.stop()
        #expect(events.all == [])
        withExtendedLifetime((first, second)) {}
    }

    @Test(.timeLimit(.minutes(5)))
    func `when the time to live is over the name is asked again, and failures keep the last good addresses`() throws {
        server.set("moves.example", .records([.a("192.0.2.1", ttl: 0)]))
        let entry = try entry("moves.example")
        let keeper = try keeper()
        until { found("moves.example") == ["192.0.2.1:80"] }
        server.set("moves.example", .records([.a("192.0.2.2", ttl: 0)]))
        until { found("moves.example") == ["192.0.2.2:80"] }
        server.set("moves.example", .fails)
        until { !events.all.isEmpty }
        #expect(found("moves.example") == ["192.0.2.2:80"])
        #expect(
            events.all == ["warning a name does not resolve name=moves.example error=\"Could not contact DNS servers\""])
        keeper.stop()
        withExtendedLifetime(entry) {}
    }

    @Test(
        .timeLimit(.minutes(5)),
        arguments: [
            (ScriptedNameServer.Record.a("127.0.0.1"), "is a loopback address"), (.a("127.8.9.10"), "is a loopback address"),
            (.a("169.254.169.254"), "is a cloud metadata service"), (.a("169.254.0.1"), "is a link-local address"),
            (.a("0.0.0.0"), "is an unspecified address"), (.a("224.0.0.1"), "is a multicast or broadcast address"),
            (.a("192.0.2.99"), "is the gateway's own listener"), (.aaaa("::1"), "is a loopback address"),
            (.aaaa("::ffff:127.0.0.1"), "is a loopback address"),
            (.aaaa("::ffff:169.254.169.254"), "is a cloud metadata service"),
            (.aaaa("::127.0.0.1"), "is a loopback address"), (.aaaa("64:ff9b::7f00:1"), "is a loopback address"),
            (.aaaa("64:ff9b::a9fe:a9fe"), "is a cloud metadata service"), (.aaaa("2002:7f00:1::"), "is a loopback address"),
            (.aaaa("fe80::1"), "is a link-local address"), (.aaaa("fd00:ec2::254"), "is a cloud metadata service"),
            (.aaaa("::"), "is an unspecified address"), (.aaaa("::ffff:192.0.2.99"), "is the gateway's own listener"),
        ])
    func `a name that leads where it must not is refused and said once, its other addresses serve`(
        record: ScriptedNameServer.Record, why: String
    ) throws {
        server.set("evil.example", .records([record, .a("192.0.2.1"), .aaaa("2001:db8::1")]))
        // Our own listener has port 8080: what is refused for another reason has another one.
        let port: UInt16 = why.contains("listener") ? 8080 : 80
        let entry = try entry("evil.example", port: port)
        let keeper = try keeper()
        until { found("evil.example").count == 2 }
        // What is known is told again for each published graph: the refusal is not logged again.
        keeper.wake()
        keeper.stop()
        #expect(found("evil.example") == ["192.0.2.1:\(port)", "2001:db8::1:\(port)"])
        #expect(events.all.count == 1)
        #expect(events.all.first?.contains(why) == true, "\(events.all)")
        withExtendedLifetime(entry) {}
    }

    @Test func `stopping while a question is open does not wait for its answer`() throws {
        server.set("silent.example", .isSilent)
        let entry = try entry("silent.example")
        let keeper = try keeper()
        keeper.stop()
        withExtendedLifetime(entry) {}
    }

    // MARK: The schedule

    private let name = CellRegistry.ResolvedName(cluster: "c", name: "n.example", port: 80)

    @Test(arguments: [(0, 1), (1, 1), (60, 60), (300, 300), (86400, 300)] as [(UInt32, Int)])
    func `a time to live is bounded`(ttl: UInt32, seconds: Int) {
        var schedule = NameSchedule()
        _ = schedule.sync([name], now: 0)
        #expect(schedule.takeDue(now: 0) == ["n.example"])
        #expect(schedule.takeDue(now: 0) == [])
        #expect(schedule.untilDue(now: 0) == nil)
        #expect(schedule.succeeded("n.example", .init(addresses: [.v6Loopback], ttl: ttl), now: 1000) == [name])
        #expect(schedule.untilDue(now: 1000) == seconds * 1000)
        #expect(schedule.takeDue(now: 999 + UInt64(seconds) * 1000) == [])
        #expect(schedule.takeDue(now: 1000 + UInt64(seconds) * 1000) == ["n.example"])
    }

    @Test func `failures wait longer each time, up to half a minute, and only the first is news`() {
        var schedule = NameSchedule()
        _ = schedule.sync([name], now: 0)
        var waits: [Int] = []
        for i in 0..<8 {
            _ = schedule.takeDue(now: .max)
            let isNews = schedule.failed("n.example", now: 0)
            #expect(isNews == (i == 0))
            waits.append(schedule.untilDue(now: 0) ?? -1)
        }
        #expect(waits == [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
        _ = schedule.succeeded("n.example", .init(addresses: [.v6Loopback], ttl: 1), now: 0)
        _ = schedule.takeDue(now: .max)
        let isNews = schedule.failed("n.example", now: 0)
        #expect(isNews)
    }

    @Test func `a name that two clusters share is asked once, and a later one is told at once`() {
        let other = CellRegistry.ResolvedName(cluster: "d", name: "n.example", port: 81)
        var schedule = NameSchedule()
        _ = schedule.sync([name], now: 0)
        _ = schedule.takeDue(now: 0)
        _ = schedule.succeeded("n.example", .init(addresses: [.v6Loopback], ttl: 9), now: 0)
        let known = schedule.sync([name, other], now: 1)
        #expect(known.map(\.0) == [name, other] && known.allSatisfy { $0.1 == [.v6Loopback] })
        #expect(schedule.takeDue(now: 1) == [])
        _ = schedule.sync([], now: 1)
        #expect(schedule.succeeded("n.example", .init(addresses: [.v6Loopback], ttl: 9), now: 0) == [])
        #expect(schedule.untilDue(now: 1) == nil)
    }
}
