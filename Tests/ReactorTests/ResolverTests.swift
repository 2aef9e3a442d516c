import Base
import Reactor
import TestKit
import Testing

/// Names through c-ares, from a name server on loopback.
@Suite struct ResolverTests {
    private let server: ScriptedNameServer
    private let resolver: Resolver
    private let bell: Bell

    init() throws {
        server = try ScriptedNameServer()
        bell = try Bell()
        resolver = try Resolver(servers: [SocketAddress(.v4Loopback, server.port)], timeout: 100, tries: 2)
    }

    private func ask(_ name: String) -> Result<Resolver.Answer, Resolver.Failure>? {
        resolver.begin(name, tag: 7)
        while true {
            let (finished, _) = resolver.wait(milliseconds: nil, unless: bell)
            if let one = finished.first { return one.tag == 7 ? one.outcome : nil }
        }
    }

    private func addresses(_ name: String) throws -> [String] {
        try #require(ask(name)).get().addresses.map(\.description).sorted()
    }

    @Test func `both families are found, with the smallest time to live`() throws {
        server.set("both.example", .records([.a("192.0.2.1", ttl: 30), .a("192.0.2.2", ttl: 20), .aaaa("2001:db8::1", ttl: 90)]))
        let answer = try #require(ask("both.example")).get()
        #expect(answer.addresses.map(\.description).sorted() == ["192.0.2.1", "192.0.2.2", "2001:db8::1"])
        #expect(answer.ttl == 20)
    }

    @Test func `one family is enough`() throws {
        server.set("four.example", .records([.a("192.0.2.1")]))
        server.set("six.example", .records([.aaaa("2001:db8::6")]))
        #expect(try addresses("four.example") == ["192.0.2.1"])
        #expect(try addresses("six.example") == ["2001:db8::6"])
        #expect(try addresses("four.example.") == ["192.0.2.1"])
    }

    @Test func `an alias is followed, and its time to live counts`() throws {
        server.set("alias.example", .records([.alias("real.example", ttl: 5), .a("192.0.2.9", ttl: 60)]))
        let answer = try #require(ask("alias.example")).get()
        #expect(answer.addresses.map(\.description) == ["192.0.2.9"])
        #expect(answer.ttl == 5)
    }

    @Test func `a name that is not there, has nothing, is not answered or is broken says so`() throws {
        server.set("empty.example", .records([]))
        server.set("silent.example", .isSilent)
        server.set("fails.example", .fails)
        #expect(ask("absent.example") == .failure(.absent))
        #expect(ask("empty.example") == .failure(.absent))
        #expect(ask("silent.example") == .failure(.timedOut))
        #expect(ask("fails.example") == .failure(.other("Could not contact DNS servers")))
        #expect(ask("") == .failure(.absent))
        #expect(ask("zero\0byte.example") == .failure(.absent))
        #expect(ask(String(repeating: "a", count: 64) + ".example") != nil)
        #expect(ask("a..example") != nil)
    }

    @Test func `many questions are asked at once and each has its own answer`() throws {
        for i in 0..<50 { server.set("n\(i).example", .records([.a("192.0.2.\(i)")])) }
        for i in 0..<50 { resolver.begin("n\(i).example", tag: UInt64(i)) }
        var found: [UInt64: String] = [:]
        while found.count < 50 {
            for one in resolver.wait(milliseconds: nil, unless: bell).finished {
                found[one.tag] = try one.outcome.get().addresses.first?.description
            }
        }
        for i in 0..<50 { #expect(found[UInt64(i)] == "192.0.2.\(i)") }
    }

    @Test func `a bell ends the wait`() {
        server.set("silent.example", .isSilent)
        resolver.begin("silent.example", tag: 1)
        bell.ring()
        #expect(resolver.wait(milliseconds: nil, unless: bell).rang)
    }
}
