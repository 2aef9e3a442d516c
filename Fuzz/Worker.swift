import Base
@testable import Engine
import Graph
import HTTP
import Reactor

private let graphText = """
    listener http 0.0.0.0:8080
      host *
        prefix /fixed -> fixed
        prefix /h -> framed
        prefix /a -> arms
        prefix / -> r
    rule fixed
      respond 200 body "hello"
    rule r
      timeout request 20s try 3s idle 5s
      retry 2 codes 503 backoff 25ms budget 100%
      request-headers set x-a b remove x-c
      forward to web
    rule framed
      timeout request 20s try 3s idle 5s
      forward to framed
    rule arms
      timeout request 20s try 3s idle 5s
      forward active gone persist cookie martlet-arm for 1h
        override framed header x-a ~ "b+" cookie c = d
        arm web 3
          backend web
        arm framed 1
          backend framed
        arm gone 1
          backend missing BackendNotFound
    cluster framed h2c connect 1s
      endpoint 10.0.0.2:80
    cluster web http connect 1s
      endpoint 10.0.0.1:80
      endpoint 10.0.0.2:80

    """

/// Everything that outlives one input. Epochs' slots are given once for the life of a registry, so one reader serves all inputs.
private final class House {
    let registry = CellRegistry()
    let metrics: MetricsRegistry
    let plan: Plan
    let delivery: Delivery
    let buffer: AccessLogBuffer
    let epochs: Epochs.Reader

    init() throws {
        metrics = MetricsRegistry(workers: 1, plans: registry.plans)
        plan = Plan.link(try GraphText.parse(graphText), previous: nil, registry: registry)
        delivery = Delivery(
            sequence: 1, generation: 1, plan: plan,
            doors: [Delivery.Door(address: SocketAddress(IPAddress(v4: 0), 8080), transport: .http, index: 0)])
        buffer = AccessLogBuffer(capacity: 1 << 17, bell: try Bell())
        guard let epochs = registry.epochs.attach() else { preconditionFailure("the first worker has a slot") }
        self.epochs = epochs
    }
}

nonisolated(unsafe) private var house: House?

/// The whole worker between a client and endpoints that send what the input says, over a network that misbehaves: it comes to rest,
/// and when everybody has left nothing stays behind.
///
/// The input: a byte of faults, a byte of seed, then pieces `who length bytes…`; who & 3 is the client, one of two origins' latest
/// connections, or time.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2, count < 4096 else { return 0 }
    if house == nil { house = try? House() }
    guard let house else { preconditionFailure("the graph parses") }
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let faults: SimulatedFaults = [.none, .byteByByte, .rough, .rough][Int(input[0] & 3)]
    play(house, input[2...], SimulatedNetwork(seed: UInt64(input[1]), faults: faults))
    return 0
}

private func play(_ house: House, _ input: ArraySlice<UInt8>, _ network: SimulatedNetwork) {
    let origins = [SocketAddress(IPAddress(v4: 0x0a00_0001), 80), SocketAddress(IPAddress(v4: 0x0a00_0002), 80)]
    for origin in origins { network.setOrigin(origin, .accepts) }
    var limits = ProxyLimits()
    limits.sockets = 32
    limits.exchanges = 32
    limits.clients = 16
    limits.blockBytes = 4 << 20
    limits.head = HeadLimits(bytes: 1024, fields: 16)
    let post = WorkerPost(changed: {})
    let setup = WorkerSetup(
        cells: house.registry.view, epochs: house.epochs, post: post, metrics: house.metrics.view(worker: 0),
        log: house.buffer.ring,
        trusted: [], seed: 1)
    let memory = Memory(limits)
    var worker = Worker(SimulatedPort(network, worker: 0), setup, limits)
    func settle() {
        var turns = 0
        while turns < 100_000, network.turn() || network.wants(worker: 0) {
            if network.wants(worker: 0) { worker.step(milliseconds: -1, memory) }
            turns += 1
        }
        precondition(turns < 100_000, "it never comes to rest")
    }
    func pass(_ milliseconds: UInt64) {
        let end = network.time.advanced(byMilliseconds: milliseconds)
        settle()
        while network.time < end {
            network.advance(to: min(network.nextWake ?? end, end))
            settle()
        }
    }
    post.put(house.delivery)
    worker.step(milliseconds: 0, memory)
    var clients: [Int] = []
    if let end = network.connect(from: SocketAddress(.v4Loopback, 4000), to: SocketAddress(.v4Loopback, 8080)) {
        clients.append(end)
    }
    var i = input.startIndex
    while i + 1 < input.endIndex {
        let who = input[i]
        let piece = input[(i + 2)...].prefix(Int(input[i + 1]))
        i = piece.endIndex
        switch who & 7 {
        case 0, 1: if let end = clients.last { network.send(end, piece) }
        case 2, 3: if let end = network.accepted(by: origins[Int(who & 1)]).last { network.send(end, piece) }
        case 4: pass(UInt64(piece.count) * 50)
        case 5: if let end = clients.last { network.finish(end) }
        case 6: if let end = network.accepted(by: origins[Int(who >> 3 & 1)]).last { network.close(end) }
        default:
            if let end = network.connect(from: SocketAddress(.v4Loopback, 4001), to: SocketAddress(.v4Loopback, 8080)) {
                clients.append(end)
            }
        }
        settle()
    }
    leave(network, clients, origins, settle, pass)
    precondition(worker.clients == 0 && worker.exchanges == 0, "a client or an exchange stays behind")
    precondition(memory.exchanges.count == 0 && memory.streams.count == 0, "a row stays behind")
    precondition(memory.blocks.bytesInUse == 0, "a block stays behind")
    for endpoint in house.registry.endpoints(of: "web") + house.registry.endpoints(of: "framed") {
        precondition(endpoint.inFlight == 0, "an endpoint is still charged")
    }
    house.buffer.drain { _ in }
}

private func leave(
    _ network: SimulatedNetwork, _ clients: [Int], _ origins: [SocketAddress], _ settle: () -> Void, _ pass: (UInt64) -> Void
) {
    pass(100)
    for end in clients { network.close(end) }
    for origin in origins { for end in network.accepted(by: origin) { network.close(end) } }
    settle()
    pass(25_000)
}
