import Base
import Kubernetes
import TestKit
import Testing

@testable import Peers

/// Scripts of what happens (`> …`) and what the book does about it (indented), in simulated time.
@Suite struct PeerBookCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases/book"))
    func plays(_ file: CaseFile) throws {
        file.requireOnly(options: [], sections: ["script"])
        var play = BookPlay()
        var lines: [String] = []
        for line in (file.section("script") ?? "").split(separator: "\n") where line.hasPrefix("> ") {
            lines.append(String(line))
            lines += try play.perform(line.dropFirst(2)).map { "  " + $0 }
        }
        try file.expect([("script", lines.joined(separator: "\n"))])
    }
}

private struct BookPlay {
    var book = PeerBook(identity: "self")
    var now = Instant.zero.advanced(byMilliseconds: 1_000_000)
    var wakes: [Instant] = []

    struct Unknown: Error { var line: String }

    mutating func perform(_ line: Substring) throws -> [String] {
        var words = line.split(separator: " ").map(String.init)
        switch words.removeFirst() {
        case "begin": return feed(.begin)
        case "places": return feed(.places(words.enumerated().map { PeerPlace(name: $1, addresses: [address($0)]) }))
        // answered NAME IDENTITY [draining] [MARK]
        case "answered":
            var report = ReplicaReport(identity: words[1], version: "1", workers: 2)
            report.isReady = !words.contains("draining")
            report.marks["routes.martlet.dev"] = words.dropFirst(2).last { $0 != "draining" }
            return feed(.answered(words[0], report))
        case "failed": return feed(.failed(words[0], problem: "Nothing listens."))
        // wait SECONDS: every timer that ends meanwhile is heard in time
        case "wait":
            let end = now.advanced(byMilliseconds: 1_000 * (UInt64(words[0]) ?? 0))
            var lines: [String] = []
            while let next = wakes.min(), next <= end {
                wakes.removeAll { $0 == next }
                now = max(now, next)
                lines += feed(.timer)
            }
            now = end
            return lines
        // sleep SECONDS: the process stood still, and hears its timers afterwards
        case "sleep":
            now = now.advanced(byMilliseconds: 1_000 * (UInt64(words[0]) ?? 0))
            let due = wakes.filter { $0 <= now }
            wakes.removeAll { $0 <= now }
            return due.flatMap { _ in feed(.timer) }
        case "show":
            let peers = book.peers.map { peer in
                [peer.place.name, peer.state.rawValue, peer.report?.marks["routes.martlet.dev"] ?? ""].filter { !$0.isEmpty }
                    .joined(separator: " ")
            }
            return [book.isKnown ? "found" : "not found"] + peers
        default: throw Unknown(line: String(line))
        }
    }

    private func address(_ i: Int) -> SocketAddress { SocketAddress(.v4Loopback, UInt16(9_000 + i)) }

    private mutating func feed(_ event: PeerBook.Event) -> [String] {
        book.handle(event, at: now).compactMap { action in
            switch action {
            case .ask(let place): return "ask \(place.name)"
            case .leave(let name): return "leave \(name)"
            case .wake(let time):
                wakes.append(time)
                return nil
            case .silent(let place, let problem): return "silent \(place.name): \(problem)"
            case .back(let place): return "back \(place.name)"
            case .unfound: return "unfound"
            }
        }
    }
}
