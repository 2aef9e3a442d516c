import Base
import Dispatch
import Reactor
import Testing

@Suite struct BlockingTests {
    private func pair() throws -> (BlockingSocket, BlockingSocket) {
        let listener = try BlockingListener(.v4Loopback, port: 0)
        let client = try BlockingSocket.connect(to: .v4Loopback, port: listener.port)
        guard case .connection(let server) = listener.accept(unless: try Bell()) else { throw NoConnection() }
        return (client, server)
    }

    private struct NoConnection: Error {}

    @Test func `bytes, the end, the time and the bell each end a receive`() throws {
        let (client, server) = try pair()
        let bell = try Bell()
        #expect(server.receive(upTo: 10, milliseconds: 0, unless: bell) == .timedOut)
        bell.ring()
        #expect(server.receive(upTo: 10, milliseconds: 10_000, unless: bell) == .rung)
        #expect(client.send([1, 2, 3], stallMilliseconds: 1000) == true)
        // What was sent counts more than the bell.
        #expect(server.receive(upTo: 2, milliseconds: 10_000) == .bytes([1, 2]))
        #expect(server.receive(upTo: 2, milliseconds: 10_000, unless: bell) == .bytes([3]))
        bell.silence()
        client.shutDown()
        #expect(server.receive(upTo: 10, milliseconds: 10_000, unless: bell) == .end)
    }

    @Test func `threads that end as soon as they begin harm nobody`() {
        let ended = DispatchSemaphore(value: 0)
        for _ in 0..<20_000 { while !SystemThread.start("brief", { ended.signal() }) {} }
        for _ in 0..<20_000 { ended.wait() }
    }

    @Test func `a peer that takes nothing stalls a send for its time and no longer`() throws {
        let (client, server) = try pair()
        let megabyte = [UInt8](repeating: 1, count: 1 << 20)
        var rounds = 0
        while client.send(megabyte, stallMilliseconds: 50), rounds < 100 { rounds += 1 }
        #expect(rounds < 100)
        server.shutDown()
    }

    @Test func `sending to a peer that is gone fails`() throws {
        var (client, server): (BlockingSocket, BlockingSocket?) = try pair()
        _ = server.take()
        var rounds = 0
        while client.send([1], stallMilliseconds: 1000), rounds < 1000 {
            rounds += 1
            _ = client.receive(upTo: 1, milliseconds: 10)
        }
        #expect(rounds < 1000)
        client.shutDown()
    }

    @Test func `an accept is ended by the bell`() throws {
        let listener = try BlockingListener(.v4Loopback, port: 0)
        let bell = try Bell()
        let ended = try Bell()
        let thread = try Thread(name: "accepts") {
            if case .rung = listener.accept(unless: bell) { ended.ring() }
        }
        bell.ring()
        thread.join()
        #expect(ended.wait(milliseconds: 0) == true)
    }

    @Test func `what the system refuses is said in a sentence`() throws {
        let listener = try BlockingListener(.v4Loopback, port: 0)
        let taken = #expect(throws: SocketFailure.self) { try BlockingListener(.v4Loopback, port: listener.port) }
        #expect(taken?.description == "cannot listen on 127.0.0.1:\(listener.port): Address already in use")
        #expect(taken?.isAddressInUse == true)
        let free = try BlockingListener(.v4Loopback, port: 0).port
        let refused = #expect(throws: SocketFailure.self) { _ = try BlockingSocket.connect(to: .v4Loopback, port: free) }
        #expect(refused?.description == "cannot connect to 127.0.0.1:\(free): Connection refused")
        #expect(refused?.isAddressInUse == false)
    }

    @Test func `the machine has processors, clocks that do not stand still and unguessable seeds`() {
        #expect(Machine.processors >= 1)
        let before = Machine.monotonicNanoseconds
        while Machine.monotonicNanoseconds == before {}
        #expect(Machine.monotonicNanoseconds > before)
        #expect(Machine.wallNanoseconds > 1_600_000_000_000_000_000)
        #expect(Set((0..<8).map { _ in Machine.seed() }).count == 8)
    }
}
