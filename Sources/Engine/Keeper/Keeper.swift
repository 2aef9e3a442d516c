import Base
import Graph
import Reactor
import Secure
import Synchronization
import Telemetry

/// The thread beside the workers that keeps endpoints current: it resolves the names of clusters that are found by DNS. It also changes
/// the key of TLS tickets when that is due.
///
/// Addresses enter through the registry, whose rules refuse what a name must not lead to. While a name does not resolve, its last
/// good addresses stay.
@safe final class Keeper: Sendable {
    private let bell: Bell
    private let finished: Bell
    private let stopping = Atomic<Bool>(false)

    /// - Parameters:
    ///   - servers: nil for those of the system.
    ///   - ticketPeriod: milliseconds that a key of TLS tickets is used.
    init(
        _ registry: CellRegistry, servers: [SocketAddress]? = nil, timeout: Int32 = 2000, ticketPeriod: UInt64 = 43_200_000,
        log: @escaping LogSink
    ) throws(SystemError) {
        let bell = try Self.makeBell()
        self.bell = bell
        finished = try Self.makeBell()
        let started = SystemThread.start("keeper") { [self] in
            var loop = KeeperLoop(registry, bell, ticketPeriod, log)
            loop.run(servers, timeout, unless: stopping)
            finished.ring()
        }
        if !started { throw SystemError(errorNumber: 11, operation: "starting the keeper's thread") }
    }

    private static func makeBell() throws(SystemError) -> Bell {
        do { return try Bell() } catch { throw SystemError(errorNumber: 24, operation: "keeper: \(error)") }
    }

    /// A graph was published: names may have come or gone.
    func wake() { bell.ring() }

    /// Ends the thread and waits for its end.
    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
        _ = finished.wait(milliseconds: nil)
    }
}

/// What the keeper's thread does.
private struct KeeperLoop {
    private let registry: CellRegistry
    private let bell: Bell
    private let log: LogSink
    private var schedule = NameSchedule()
    private var tags: [UInt64: String] = [:]
    private var nextTag: UInt64 = 0
    /// Refusals that were said already.
    private var said: Set<String> = []
    private let ticketPeriod: UInt64
    private var nextTickets: UInt64
    /// The keys of tickets as they were the last time. Other replicas may have changed them since.
    private var lastTickets: TicketKeys.Mark?

    init(_ registry: CellRegistry, _ bell: Bell, _ ticketPeriod: UInt64, _ log: @escaping LogSink) {
        self.registry = registry
        self.ticketPeriod = ticketPeriod
        nextTickets = Self.now + ticketPeriod
        lastTickets = registry.tickets?.keys.mark
        self.bell = bell
        self.log = log
    }

    private static var now: UInt64 { Machine.monotonicNanoseconds / 1_000_000 }

    mutating func run(_ servers: [SocketAddress]?, _ timeout: Int32, unless stopping: borrowing Atomic<Bool>) {
        guard let resolver = makeResolver(servers, timeout) else { return }
        sync()
        while !stopping.load(ordering: .acquiring) {
            for name in schedule.takeDue(now: Self.now) {
                tags[nextTag] = name
                resolver.begin(name, tag: nextTag)
                nextTag += 1
            }
            rotateTickets()
            let (finished, rang) = resolver.wait(milliseconds: untilDue, unless: bell)
            for one in finished { take(one) }
            if rang {
                bell.silence()
                sync()
            }
        }
    }

    /// Milliseconds until something is due.
    private var untilDue: Int {
        let now = Self.now
        let tickets = Int(clamping: nextTickets > now ? nextTickets - now : 0)
        return schedule.untilDue(now: now).map { min($0, tickets) } ?? tickets
    }

    private mutating func rotateTickets() {
        guard Self.now >= nextTickets else { return }
        if registry.tickets?.keys.mark == lastTickets { registry.tickets?.rotate() }
        lastTickets = registry.tickets?.keys.mark
        nextTickets = Self.now + ticketPeriod
    }

    private func makeResolver(_ servers: [SocketAddress]?, _ timeout: Int32) -> Resolver? {
        do throws(Resolver.Failure) { return try Resolver(servers: servers, timeout: timeout) } catch {
            log(LogEvent(.error, "names cannot be resolved", ["error": error.description]))
            return nil
        }
    }

    private mutating func sync() {
        for (user, addresses) in schedule.sync(registry.namesToResolve(), now: Self.now) { tell(user, addresses) }
    }

    private mutating func take(_ finished: Resolver.Finished) {
        guard let name = tags.removeValue(forKey: finished.tag) else { return }
        switch finished.outcome {
        case .success(let answer):
            for user in schedule.succeeded(name, answer, now: Self.now) { tell(user, answer.addresses) }
        case .failure(let failure):
            guard schedule.failed(name, now: Self.now) else { return }
            log(LogEvent(.warning, "a name does not resolve", ["name": name, "error": failure.description]))
        }
    }

    private mutating func tell(_ user: CellRegistry.ResolvedName, _ addresses: [IPAddress]) {
        let endpoints = addresses.map { Endpoint(address: $0.description, port: user.port) }.sorted()
        for refused in registry.update(.endpoints(user.cluster, endpoints)).refused {
            // Once for each, and never without bound: a name that somebody else controls may come with new addresses all the time.
            guard said.count < 10_000, said.insert("\(user.name) \(refused.endpoint.address) \(user.port)").inserted else {
                continue
            }
            let fields: KeyValuePairs = [
                "name": user.name, "cluster": user.cluster, "address": refused.endpoint.address, "why": refused.reason.sentence,
            ]
            log(LogEvent(.warning, "an address that a name resolves to is refused", fields))
        }
    }
}
