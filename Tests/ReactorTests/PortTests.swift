import Base
import Reactor
import Testing

/// Both ports keep the same promises: an echo that knows nothing but `Port` gives every byte back over either.
@Suite struct PortTests {
    /// The smallest use of a port: accepts, and sends back what comes.
    private struct Echo<P: Port & ~Copyable>: ~Copyable {
        var port: P
        let buffer = Buffer(capacity: 1000)
        var open: [UInt64: (descriptor: Int32, unsent: [UInt8], ended: Bool)] = [:]
        var next: UInt64 = 1
        var listener: Int32

        init(_ port: consuming P, _ address: SocketAddress) {
            self.port = port
            listener = self.port.listen(address, token: 0)
        }

        mutating func step(milliseconds: Int32) {
            let count = port.wait(milliseconds: milliseconds)
            for i in 0..<count {
                let event = port.event(i)
                if event.token == 0 { acceptAll() } else { serve(event.token) }
            }
        }

        private mutating func acceptAll() {
            while true {
                let accepted = port.accept(listener)
                guard accepted.descriptor >= 0 else { return }
                port.register(accepted.descriptor, token: next)
                open[next] = (accepted.descriptor, [], false)
                next += 1
            }
        }

        private mutating func serve(_ token: UInt64) {
            // A token that is not open any longer is a stale event.
            guard var one = open[token] else { return }
            while true {
                let n = port.receive(one.descriptor, into: buffer, 0..<1000)
                if n > 0 { one.unsent += (0..<n).map { buffer[$0] } }
                if n == 0 { one.ended = true }
                if n <= 0 { break }
            }
            while !one.unsent.isEmpty {
                let n = port.send(one.descriptor, one.unsent.span)
                if n < 0 { break }
                one.unsent.removeFirst(n)
            }
            open[token] = one
            if one.ended && one.unsent.isEmpty {
                port.close(one.descriptor)
                open[token] = nil
            }
        }
    }

    private let address = SocketAddress(.v4Loopback, 8080)
    private static let faults: [SimulatedFaults] = {
        var tight = SimulatedFaults.rough
        tight.capacity = 10
        return [.none, .byteByByte, .rough, tight]
    }()

    @Test(arguments: Array(0..<20) as [UInt64], Array(faults.indices)) func `every byte comes back, whatever the network does`(
        seed: UInt64, kind: Int
    ) {
        let network = SimulatedNetwork(seed: seed, faults: Self.faults[kind])
        var echo = Echo(SimulatedPort(network, worker: 0), address)
        var random = SeededRandom(seed: seed)
        var sent: [Int: [UInt8]] = [:]
        for _ in 0..<5 {
            guard let end = network.connect(from: SocketAddress(.v4Loopback, 4000), to: address) else {
                Issue.record("nobody listens")
                return
            }
            let bytes = (0..<(1 + random.below(3000))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            network.send(end, bytes)
            network.finish(end)
            sent[end] = bytes
        }
        var turns = 0
        while turns < 100_000, network.turn() || network.wants(worker: 0) {
            if network.wants(worker: 0) { echo.step(milliseconds: -1) }
            turns += 1
        }
        for (end, bytes) in sent {
            #expect(network.received(end) == bytes)
            #expect(network.ending(end) == .ended)
        }
        #expect(network.openDescriptors == 1)
    }

    @Test(.timeLimit(.minutes(5))) func `every byte comes back over real sockets`() throws {
        let waker = try Waker()
        var echo = Echo(try EpollPort(waker: waker), SocketAddress(.v4Loopback, 0))
        #expect(echo.listener >= 0)
        let client = try BlockingSocket.connect(to: .v4Loopback, port: Sockets.localPort(echo.listener))
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        #expect(client.send(bytes, stallMilliseconds: 1000))
        var received: [UInt8] = []
        while received.count < bytes.count {
            echo.step(milliseconds: 1)
            if case .bytes(let more) = client.receive(upTo: 65536, milliseconds: 1) { received += more }
        }
        #expect(received == bytes)
        client.shutDown()
        while !echo.open.isEmpty { echo.step(milliseconds: 1) }
    }

    @Test func `a waker ends a wait, once`() throws {
        let waker = try Waker()
        var port = try EpollPort(waker: waker)
        waker.wake()
        #expect(port.wait(milliseconds: -1) == 1)
        _ = port.event(0)
        #expect(port.wait(milliseconds: 0) == 0)
    }

    // MARK: What only the simulated network tells

    private func connecting(_ behaviour: SimulatedNetwork.Behaviour) -> (Int32, Int) {
        let network = SimulatedNetwork(seed: 1)
        let origin = SocketAddress(IPAddress(v4: 0x0a00_0001), 80)
        network.setOrigin(origin, behaviour)
        var port = SimulatedPort(network, worker: 0)
        let descriptor = port.connect(origin)
        port.register(descriptor, token: 5)
        while network.turn() && !network.wants(worker: 0) {}
        let count = port.wait(milliseconds: 100)
        return (port.connectResult(descriptor), count)
    }

    @Test func `connecting succeeds, is refused or hangs`() {
        #expect(connecting(.accepts) == (0, 1))
        #expect(connecting(.refuses) == (-111, 1))
        #expect(connecting(.hangs) == (0, 0))
    }

    @Test func `the lowest free descriptor is given next`() {
        let network = SimulatedNetwork(seed: 1)
        var port = SimulatedPort(network, worker: 0)
        let first = port.connect(address)
        let second = port.connect(address)
        #expect((first, second) == (3, 4))
        port.close(first)
        #expect(port.connect(address) == 3)
    }

    @Test func `closing with something unread resets the peer`() {
        let network = SimulatedNetwork(seed: 1)
        var port = SimulatedPort(network, worker: 0)
        let listener = port.listen(address, token: 0)
        let end = network.connect(from: address, to: address) ?? -1
        network.send(end, [1, 2, 3])
        let accepted = port.accept(listener).descriptor
        network.turn()
        port.close(accepted)
        network.turn()
        #expect(network.ending(end) == .reset)
    }

    @Test func `a sleeping worker is wanted when its time has come`() {
        let network = SimulatedNetwork(seed: 1)
        var port = SimulatedPort(network, worker: 0)
        #expect(network.wants(worker: 0))
        #expect(port.wait(milliseconds: 20) == 0)
        #expect(!network.wants(worker: 0))
        #expect(network.nextWake == network.time.advanced(byMilliseconds: 20))
        network.advance(to: network.time.advanced(byMilliseconds: 20))
        #expect(network.wants(worker: 0))
    }
}
