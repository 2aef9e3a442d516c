public import Base
public import Documents
public import Kubernetes
import Reactor
public import Secure
import Serving
import Synchronization
public import Telemetry

/// The other replicas: what this one says to them, and, while it leads, what they say of themselves.
///
/// Everybody answers on a port of its own, behind TLS with certificates on both sides; the leader asks. Whoever cannot prove the
/// replicas' identity never gets as far as a request.
public final class Peers: Sendable {
    private let settings: PeersSettings
    private let door: ClusterDoor
    private let board: StateBoard
    private let tickets: TLSTickets?
    private let server: Server
    private let identity: IdentityFollower
    private let log: LogSink
    private let leading: AsyncStream<Bool>
    private let leadingSink: AsyncStream<Bool>.Continuation
    private let asking = Mutex<Asking?>(nil)
    private let running = Mutex<Task<Void, Never>?>(nil)
    private let changed = Mutex<(@Sendable (PeersFigures) -> Void)?>(nil)

    /// Listens at once, and greets nobody before there is an identity.
    ///
    /// - Parameters:
    ///   - tickets: whose keys all replicas shall have; nil shares none.
    ///   - counts: what this replica counted for a rule, for the leader; nil tells nobody.
    public init(
        _ settings: PeersSettings, _ door: ClusterDoor, tickets: TLSTickets? = nil,
        counts: (@Sendable (String) -> Value)? = nil, log: @escaping LogSink
    ) throws(PeersFailure) {
        self.tickets = tickets
        self.settings = settings
        self.door = door
        self.log = log
        let report = ReplicaReport(identity: settings.identity, version: settings.version, workers: settings.workers)
        board = StateBoard(report, run: Base64.encodeURLSafe(SecureRandom.bytes(9)), tickets: tickets, counts: counts)
        do {
            var limits = ServingLimits()
            limits.connections = 128
            // Replicas are near: who takes longer for a handshake than this is nobody to wait for.
            limits.requestMilliseconds = 5_000
            server = try Server(
                settings.address.ip, port: settings.address.port, tls: try PeerIdentity.closedContext(), limits: limits,
                handler: board)
        } catch {
            throw PeersFailure(description: "\(error)")
        }
        identity = IdentityFollower(door, secret: settings.secret, server: server, log: log)
        (leading, leadingSink) = AsyncStream.makeStream()
    }

    /// Where the others are answered.
    public var address: SocketAddress { SocketAddress(server.address, server.port) }

    /// Begins to work; returns at once. - Parameter changed: called, while this replica leads, when something about the others is new.
    public func start(_ changed: @escaping @Sendable (PeersFigures) -> Void) {
        self.changed.withLock { $0 = changed }
        let task = Task.detached { [self] in
            await withTaskGroup { group in
                group.addTask { [self] in await identity.run() }
                group.addTask { [self] in await lead() }
                _ = await group.next()
                group.cancelAll()
            }
        }
        running.withLock { $0 = task }
    }

    /// Every worker serves up to here.
    public func serve(_ marks: FeedMarks) { board.change { $0.marks = marks } }

    /// Whether requests should be sent to this replica.
    public func setReady(_ isReady: Bool) { board.change { $0.isReady = isReady } }

    /// This replica begins to lead, or no longer leads. Returns at once.
    public func lead(_ isLeader: Bool) { leadingSink.yield(isLeader) }

    /// What the other replicas counted for a rule, by who counted it. Who gives no answer in time is missing; nobody is there while another leads.
    public func counts(of rule: String) async -> [String: Value] {
        guard let asking = asking.withLock({ $0 }) else { return [:] }
        return await asking.counts(of: rule)
    }

    public var figures: PeersFigures {
        let asking = asking.withLock { $0 }
        return PeersFigures(
            isLeading: asking != nil, peers: asking?.peers ?? [], isKnown: asking?.isKnown ?? false, own: board.report,
            identityUntil: identity.until)
    }

    /// Ends it.
    public func stop() {
        running.withLock { $0 }?.cancel()
        board.close()
        server.stop(milliseconds: 200)
    }

    // MARK: - Leading

    private func lead() async {
        var session: Task<Void, Never>?
        for await isLeader in leading {
            session?.cancel()
            await session?.value
            session = isLeader ? Task { [self] in await leadUntilCancelled() } : nil
        }
        session?.cancel()
    }

    private func leadUntilCancelled() async {
        let recorder = EventRecorder(door.client(), component: settings.component, instance: settings.identity)
        let (notes, sink) = AsyncStream<EventRecorder.Note>.makeStream(bufferingPolicy: .bufferingOldest(16))
        let asking = Asking(settings, identity, tickets, record: { sink.yield($0) }, log: log) { [weak self] in self?.tell() }
        self.asking.withLock { $0 = asking }
        tell()
        await withTaskGroup { group in
            group.addTask { [self] in await asking.run(door) }
            group.addTask { [self] in await identity.keep { sink.yield($0) } }
            group.addTask { [log] in
                for await note in notes {
                    do throws(APIError) { _ = try await recorder.record(note) } catch {
                        log(LogEvent(.warning, "an Event cannot be written", ["problem": error.description]))
                    }
                }
            }
            _ = await group.next()
            group.cancelAll()
        }
        self.asking.withLock { $0 = nil }
        tell()
    }

    private func tell() {
        let handler = changed.withLock { $0 }
        handler?(figures)
    }
}

/// Why the other replicas cannot be answered.
public struct PeersFailure: Error, CustomStringConvertible {
    public let description: String
}
