import Fetch
import Foundation
import TestKit
import Testing

/// Against nginx, whose HTTP/2 and TLS are not ours.
@Suite(.timeLimit(.minutes(3)), .serialized)
struct HTTP2Tests {
    @Test func `a hundred and fifty requests at once share a few connections of at most eighty streams each`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let client = Client(.init(tls: nginx.tls))
        _ = try await client.send(Request("GET", nginx.url + "/small"))
        let answers = try await withThrowingTaskGroup(of: (String, Double).self) { group in
            for n in 0..<150 {
                group.addTask {
                    let request = Request("GET", nginx.url + "/slow?\(n)", timeouts: Timeouts(total: .seconds(20)))
                    let response = try await client.send(request)
                    #expect(response.status == 200)
                    #expect(response.head.version == "2")
                    let time = response.head.header("x-time").flatMap(Double.init)
                    return (response.head.header("x-connection") ?? "", try #require(time))
                }
            }
            return try await group.reduce(into: [String: [Double]]()) { $0[$1.0, default: []].append($1.1) }
        }
        #expect(answers.count <= 5, "\(answers)")
        // An answer takes a second from its head on: those that began within less were under way together.
        for (connection, times) in answers {
            let most = times.map { first in times.count { $0 >= first && $0 < first + 0.9 } }.max() ?? 0
            #expect(most <= 81, "connection \(connection): \(times.sorted())")
        }
    }

    /// One watch for each namespace and kind can be more than a server's usual hundred streams: none of them may wait for another
    /// to end.
    @Test func `two hundred streams are open at once, on connections of at most eighty`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let counts = try await openStreams(200, nginx)
        #expect(counts.values.reduce(0, +) == 200)
        #expect(counts.values.max() ?? 0 <= 80, "\(counts)")
        #expect(counts.count <= 6, "\(counts)")
    }

    @Test func `a server that allows fewer streams is obeyed, on more connections`() async throws {
        let nginx = try await NGINX(streams: 10)
        defer { nginx.stop() }
        let counts = try await openStreams(35, nginx)
        #expect(counts.values.reduce(0, +) == 35)
        #expect(counts.values.max() ?? 0 <= 10, "\(counts)")
    }

    @Test func `a server that offers no HTTP 2 is spoken to by HTTP 1, each stream on a connection of its own`() async throws {
        let nginx = try await NGINX(streams: nil)
        defer { nginx.stop() }
        let counts = try await openStreams(30, nginx, version: "1.1")
        #expect(counts.count == 30, "\(counts)")
    }

    /// Opens streams that all last until every head has come. How many each connection carried, by the server's count.
    private func openStreams(_ count: Int, _ nginx: NGINX, version: String = "2") async throws -> [String: Int] {
        let client = Client(.init(tls: nginx.tls))
        let streams = try await withThrowingTaskGroup(of: StreamedResponse.self) { group in
            for n in 0..<count {
                group.addTask {
                    try await client.stream(Request("GET", nginx.url + "/watch?\(n)", timeouts: Timeouts(total: nil)))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(streams.allSatisfy { $0.head.status == 200 && $0.head.version == version })
        return streams.reduce(into: [:]) { $0[$1.head.header("x-connection") ?? "", default: 0] += 1 }
    }

    @Test func `a client certificate opens HTTP 2, and a large body comes through whole`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let response = try await Client(.init(tls: nginx.tls)).send(Request("GET", nginx.url + "/large"))
        #expect(response.head.version == "2")
        #expect(response.body.count == nginx.largeSize)
        #expect(response.head.header("x-client") == "CN=tester")
        var stranger = nginx.tls
        stranger.clientCertificate = nil
        stranger.clientKey = nil
        let refused = try await Client(.init(tls: stranger)).send(Request("GET", nginx.url + "/small"))
        #expect(refused.status == 400)
    }

    @Test func `a lagging reader on HTTP 2 loses nothing and does not stall the others for good`() async throws {
        let nginx = try await NGINX()
        defer { nginx.stop() }
        let client = Client(.init(tls: nginx.tls))
        let slow = try await client.stream(Request("GET", nginx.url + "/large"))
        var iterator = slow.body.makeAsyncIterator()
        var received = try await iterator.next()?.count ?? 0
        async let other = client.send(Request("GET", nginx.url + "/small"))
        while let chunk = try await iterator.next() { received += chunk.count }
        #expect(received == nginx.largeSize)
        #expect(try await other.text == "small")
    }
}
