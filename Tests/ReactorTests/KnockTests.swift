import Base
import Reactor
import Testing

/// Who accepts connections, asked over loopback.
@Suite struct KnockTests {
    @Test func `only those that accept are found, in bounded time`() throws {
        let open = try BlockingListener(.v4Loopback, port: 0)
        let gone = try BlockingListener(.v4Loopback, port: 0).port
        // Nobody takes what waits here: once its queue is full, the system drops what asks to connect.
        let full = try BlockingListener(.v4Loopback, port: 0, backlog: 0)
        let waiting = try BlockingSocket.connect(to: .v4Loopback, port: full.port)
        let addresses = [open.port, gone, full.port].map { SocketAddress(.v4Loopback, $0) }
        let before = SystemClock.monotonicNanoseconds
        let found = try Knock.answering(addresses, each: 50, within: 5000)
        #expect(found == [SocketAddress(.v4Loopback, open.port)])
        #expect(SystemClock.monotonicNanoseconds - before < 4_000_000_000)
        withExtendedLifetime((waiting, full, open)) {}
    }

    @Test func `more than fit at once are asked too`() throws {
        let listeners = try (0..<40).map { _ in try BlockingListener(.v4Loopback, port: 0) }
        let addresses = listeners.map { SocketAddress(.v4Loopback, $0.port) }
        #expect(try Knock.answering(addresses, width: 3) == Set(addresses))
    }

    @Test func `nobody is asked when there is no time, or nobody`() throws {
        let open = try BlockingListener(.v4Loopback, port: 0)
        #expect(try Knock.answering([SocketAddress(.v4Loopback, open.port)], within: 0).isEmpty)
        #expect(try Knock.answering([]).isEmpty)
    }
}
