import Base
@testable import Engine
import Reactor

/// The simulated world with clients that speak HTTP/2: each thing they send is one request, on a stream of its own.
final class FramedWorld: SimulatedWorld {
    private var clients: [Int: FramedClient] = [:]

    override func connect(from client: IPAddress) throws -> Int? {
        guard let end = try super.connect(from: client) else { return nil }
        clients[end] = FramedClient()
        return end
    }

    override func send(_ end: Int, _ bytes: [UInt8]) {
        guard let client = clients[end] else { return super.send(end, bytes) }
        client.ask(bytes)
        super.send(end, client.take())
    }

    /// A client gives its newest stream up; an endpoint ends its connection.
    override func finish(_ end: Int) {
        guard let client = clients[end] else { return super.finish(end) }
        client.cancel()
        super.send(end, client.take())
    }

    override func move() -> Bool {
        var moved = super.move()
        for (end, client) in clients.sorted(by: { $0.key < $1.key }) {
            let all = received(end)
            if client.taken < all.count {
                client.receive(all[client.taken...])
                client.taken = all.count
                moved = true
            }
            let words = client.take()
            if !words.isEmpty {
                super.send(end, words)
                moved = true
            }
        }
        return moved
    }

    override func shown(_ end: Int) -> String? { clients[end]?.shown }
}
