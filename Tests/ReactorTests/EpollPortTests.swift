import Base
import Foundation
import Reactor
import TestKit
import Testing

@Suite struct EpollPortTests {
    @Test func `a connection is accepted, carries bytes both ways and says when there are none`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        #expect(t.port.accept(listener.descriptor).descriptor == Int32(IO.again))
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        #expect(t.receive(ends.server) == "again")
        #expect(t.send("hello", on: ends.client) == 5)
        #expect(t.wait(3, .readable) == true)
        #expect(t.receive(ends.server) == "hello")
        #expect(t.receive(ends.server) == "again")
        #expect(t.send("there", on: ends.server) == 5)
        #expect(t.wait(2, .readable) == true)
        #expect(t.receive(ends.client) == "there")
    }

    @Test func `who connects is known by address and port`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let client = t.port.connect(listener.address)
        #expect(t.wait(1, .readable) == true)
        let accepted = t.port.accept(listener.descriptor)
        #expect(accepted.peer == SocketAddress(.v4Loopback, Sockets.localPort(client)))
    }

    @Test func `a listener on all addresses takes IPv4 as IPv4`() throws {
        var t = try PortTesting()
        let descriptor = t.port.listen(SocketAddress(IPAddress(high: 0, low: 0), 0), token: 1)
        #expect(descriptor >= 0)
        let port = Sockets.localPort(descriptor)
        _ = t.port.connect(SocketAddress(.v4Loopback, port))
        #expect(t.wait(1, .readable) == true)
        #expect(t.port.accept(descriptor).peer.ip == .v4Loopback)
        _ = t.port.connect(SocketAddress(.v6Loopback, port))
        #expect(t.wait(1, .readable) == true)
        #expect(t.port.accept(descriptor).peer.ip == .v6Loopback)
    }

    @Test func `a range of the buffer is filled and the rest left alone`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        _ = t.send("abcdef", on: ends.client)
        #expect(t.wait(3, .readable) == true)
        let buffer = Buffer(capacity: 8)
        buffer[1] = 9
        buffer[5] = 9
        #expect(t.port.receive(ends.server, into: buffer, 2..<5) == 3)
        #expect((0..<8).map { buffer[$0] } == [0, 9, 0x61, 0x62, 0x63, 9, 0, 0])
        #expect(t.receive(ends.server) == "def")
    }

    // MARK: Failures

    @Test func `a refused connection is told by an event and its result`() throws {
        var t = try PortTesting()
        let client = t.port.connect(SocketAddress(.v4Loopback, try UnusedPort.take()))
        guard client >= 0 else {
            #expect(client == Int32(IO.failed))
            return
        }
        t.port.register(client, token: 2)
        #expect(t.wait(2, .hangup) == true)
        #expect(t.port.connectResult(client) == -ECONNREFUSED)
    }

    @Test func `an address that is taken is refused with the system's word`() throws {
        var t = try PortTesting()
        let taken = try BlockingListener(.v4Loopback, port: 0)
        let result = t.port.listen(SocketAddress(.v4Loopback, taken.port), token: 1)
        #expect(result == -EADDRINUSE)
        #expect(SystemError.text(-result) == "Address already in use")
    }

    @Test func `workers share one address, and each connection goes to one of them`() throws {
        var first = try PortTesting()
        var second = try PortTesting()
        let listener = try first.listen(token: 1)
        let other = second.port.listen(listener.address, token: 1)
        #expect(other >= 0)
        var accepted = (0, 0)
        for _ in 0..<40 {
            let client = first.port.connect(listener.address)
            first.port.register(client, token: 2)
            #expect(first.wait(2, .writable) == true)
            if first.port.accept(listener.descriptor).descriptor >= 0 { accepted.0 += 1 }
            if second.port.accept(other).descriptor >= 0 { accepted.1 += 1 }
            first.forget()
        }
        #expect(accepted.0 + accepted.1 == 40)
        #expect(accepted.0 > 0 && accepted.1 > 0)
    }

    @Test func `a reset breaks reading and writing`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        _ = t.send("unread", on: ends.server)
        #expect(t.wait(2, .readable) == true)
        // Closing with unread bytes makes the system send a reset.
        t.port.close(ends.client)
        #expect(t.wait(3, [.error, .hangup]) == true)
        #expect(t.receive(ends.server) == "failed")
        #expect(t.send("x", on: ends.server) == IO.failed)
    }

    @Test func `a kept connection that was reset is not quiet`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        _ = t.send("unread", on: ends.server)
        #expect(t.wait(2, .readable) == true)
        t.port.close(ends.client)
        #expect(t.wait(3, .error) == true)
        #expect(t.port.isQuiet(ends.server) == false)
    }

    @Test func `writing to a closed peer fails and ends nothing else`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        t.port.close(ends.client)
        #expect(t.wait(3, .peerEnded) == true)
        _ = t.send("into the void", on: ends.server)
        #expect(t.wait(3, .error) == true)
        #expect(t.send("again", on: ends.server) == IO.failed)
    }

    // MARK: Half close, quiet

    @Test func `half a close leaves the other half open`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        _ = t.send("request", on: ends.client)
        t.port.finishWriting(ends.client)
        #expect(t.wait(3, [.readable, .peerEnded]) == true)
        #expect(t.receive(ends.server) == "request")
        #expect(t.receive(ends.server) == "end")
        #expect(t.send("answer", on: ends.server) == 6)
        #expect(t.wait(2, .readable) == true)
        #expect(t.receive(ends.client) == "answer")
        #expect(t.receive(ends.client) == "again")
    }

    @Test func `a kept connection is quiet until the peer says anything, its end included`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        #expect(t.port.isQuiet(ends.client) == true)
        _ = t.send("x", on: ends.server)
        #expect(t.wait(2, .readable) == true)
        #expect(t.port.isQuiet(ends.client) == false)
        // Asking took nothing away.
        #expect(t.receive(ends.client) == "x")
        #expect(t.port.isQuiet(ends.client) == true)
        t.port.finishWriting(ends.server)
        #expect(t.wait(2, .peerEnded) == true)
        #expect(t.port.isQuiet(ends.client) == false)
    }

    @Test func `a full socket takes a part, then nothing, and says when there is room`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        t.forget()
        let piece = [UInt8](repeating: 7, count: 1 << 20)
        var sent = 0
        while true {
            let count = t.port.send(ends.client, piece.span)
            guard count > 0 else {
                #expect(count == IO.again)
                break
            }
            sent += count
            try #require(sent < 1 << 30)
        }
        var received = 0
        while received < sent {
            let count = t.port.receive(ends.server, into: t.buffer, 0..<t.buffer.capacity)
            if count == IO.again {
                try #require(t.wait(3, .readable) == true)
            } else {
                try #require(count > 0)
                received += count
            }
        }
        #expect(received == sent)
        #expect(t.wait(2, .writable) == true)
        #expect(t.port.send(ends.client, piece.span) > 0)
    }

    // MARK: Events

    @Test func `an event of a closed descriptor is told by its token, though the number is in use again`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let one = try t.connect(listener, 1, client: 10, server: 11)
        let two = try t.connect(listener, 1, client: 20, server: 21)
        // Events of the setting up are taken away; afterwards both servers have something to read in one wait.
        while t.port.wait(milliseconds: 0) > 0 {}
        _ = t.send("a", on: one.client)
        _ = t.send("b", on: two.client)
        var tokens: [UInt64] = []
        while !(tokens.contains(11) && tokens.contains(21)) {
            let count = t.port.wait(milliseconds: 5000)
            try #require(count > 0)
            if count >= 2 {
                // The second socket goes and its number comes back while its event waits to be looked at.
                t.port.close(two.server)
                let reused = t.port.connect(listener.address)
                #expect(reused == two.server)
                t.port.register(reused, token: 99)
            }
            tokens += (0..<count).map { t.port.event($0).token }
        }
        #expect(!tokens.contains(99))
        t.forget()
        #expect(t.wait(99, .writable) == true)
        #expect(!t.order.contains(21))
    }

    @Test func `an edge is told once`() throws {
        var t = try PortTesting()
        let listener = try t.listen(token: 1)
        let ends = try t.connect(listener, 1, client: 2, server: 3)
        _ = t.send("x", on: ends.client)
        #expect(t.wait(3, .readable) == true)
        #expect(t.port.wait(milliseconds: 0) == 0)
        _ = t.send("y", on: ends.client)
        #expect(t.wait(3, .readable) == true)
        #expect(t.receive(ends.server) == "xy")
    }

    @Test func `a wait without events ends with its time`() throws {
        var t = try PortTesting()
        let before = t.port.now()
        #expect(t.port.wait(milliseconds: 20) == 0)
        #expect(t.port.now().nanoseconds(since: before) >= 19_000_000)
    }

    // MARK: Waker

    @Test func `a waker of another thread ends a wait`() throws {
        var t = try PortTesting()
        let waker = t.waker
        let thread = try Thread(name: "waker-of-a-test") { waker.wake() }
        #expect(t.port.wait(milliseconds: 10_000) == 1)
        #expect(t.port.event(0).token == UInt64.max)
        thread.join()
        #expect(t.port.wait(milliseconds: 0) == 0)
    }

    @Test func `a wake before the wait is not lost, and many are one`() throws {
        var t = try PortTesting()
        for _ in 0..<1000 { t.waker.wake() }
        #expect(t.port.wait(milliseconds: 10_000) == 1)
        _ = t.port.event(0)
        #expect(t.port.wait(milliseconds: 0) == 0)
        t.waker.wake()
        #expect(t.port.wait(milliseconds: 10_000) == 1)
    }

    /// A worker takes its mail when a wait ends, then looks at the events: what is put and announced between the two must end the
    /// next wait.
    @Test func `a wake between the end of a wait and the look at its event is not lost`() throws {
        var t = try PortTesting()
        t.waker.wake()
        #expect(t.port.wait(milliseconds: 10_000) == 1)
        t.waker.wake()
        #expect(t.port.event(0).token == UInt64.max)
        #expect(t.port.wait(milliseconds: 0) == 1)
        #expect(t.port.wait(milliseconds: 0) == 0)
    }
}
