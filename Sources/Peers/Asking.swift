import Base
import Documents
import Fetch
import Kubernetes
import Resources
import Secure
import Synchronization
import Telemetry

/// Asks the other replicas, one task for each, as long as this one leads: runs a `PeerBook` against EndpointSlices and sockets.
final class Asking: Sendable {
    /// How long a replica waits with its answer while nothing changes.
    private static let wait = "5s"
    private static let timeouts = Timeouts(connect: .seconds(3), total: .seconds(8))
    /// Between an answer and the next question: a storm of changes is told in a few answers.
    private static let pause = Duration.milliseconds(20)
    private static let answerLimit = 1 << 20

    private let identity: IdentityFollower
    private let settings: PeersSettings
    private let tickets: TLSTickets?
    private let log: LogSink
    private let changed: @Sendable () -> Void
    private let record: @Sendable (EventRecorder.Note) -> Void
    private let book: Mutex<PeerBook>
    private let events: AsyncStream<PeerBook.Event>
    private let sink: AsyncStream<PeerBook.Event>.Continuation

    /// - Parameters:
    ///   - record: writes an Event.
    ///   - changed: called when something about the others is new.
    init(
        _ settings: PeersSettings, _ identity: IdentityFollower, _ tickets: TLSTickets?,
        record: @escaping @Sendable (EventRecorder.Note) -> Void, log: @escaping LogSink, changed: @escaping @Sendable () -> Void
    ) {
        self.settings = settings
        self.tickets = tickets
        self.identity = identity
        self.record = record
        self.log = log
        self.changed = changed
        book = Mutex(PeerBook(identity: settings.identity))
        (events, sink) = AsyncStream.makeStream()
    }

    var peers: [PeerFigures] { book.withLock { $0.peers } }
    var isKnown: Bool { book.withLock { $0.isKnown } }

    /// Runs until the task is cancelled.
    func run(_ door: ClusterDoor) async {
        await withTaskGroup { group in
            group.addTask { [self] in await find(door) }
            group.addTask { [self] in await handle() }
            _ = await group.next()
            group.cancelAll()
        }
    }

    // MARK: - Finding

    private func find(_ door: ClusterDoor) async {
        await door.run { [self] client in
            let watch = ListWatch(
                client, EndpointSlice.kind.listed, namespace: settings.service.namespace,
                labelSelector: "\(EndpointSlice.serviceLabel)=\(settings.service.name)")
            let slices = Mutex<[ObjectKey: Object]>([:])
            await watch.run { [self] batch in
                var isNews = false
                slices.withLock { slices in
                    for update in batch.updates {
                        switch update {
                        case .replaced(let objects): slices = Dictionary(objects.map { ($0.key, $0) }) { first, _ in first }
                        case .put(let object): slices[object.key] = object
                        case .removed(let key): slices[key] = nil
                        case .missing: slices = [:]
                        case .recovered: continue
                        case .trouble(let error):
                            log(LogEvent(.warning, "the other replicas cannot be found", ["problem": error.description]))
                            continue
                        }
                        isNews = true
                    }
                    guard isNews else { return }
                    let all = slices.values.sorted { $0.key < $1.key }.map(\.value)
                    sink.yield(.places(PeerPlace.all(in: all, own: settings.pod)))
                }
            }
        }
    }

    // MARK: - The book

    private func handle() async {
        var questions: [String: Task<Void, Never>] = [:]
        sink.yield(.begin)
        for await event in events {
            let (actions, isNews) = book.withLock { book in
                let before = (book.peers, book.isKnown)
                let actions = book.handle(event, at: MonotonicClock.now)
                return (actions, before != (book.peers, book.isKnown))
            }
            for action in actions {
                switch action {
                case .ask(let place): questions[place.name] = Task { [self] in await ask(place) }
                case .leave(let name): questions.removeValue(forKey: name)?.cancel()
                case .wake(let time):
                    Task { [sink] in
                        try? await Task.sleep(for: .nanoseconds(Int64(clamping: time.nanoseconds(since: MonotonicClock.now))))
                        sink.yield(.timer)
                    }
                default: tell(action)
                }
            }
            if isNews { changed() }
        }
        for question in questions.values { question.cancel() }
    }

    private func tell(_ action: PeerBook.Action) {
        switch action {
        case .silent(let place, let problem):
            log(
                LogEvent(
                    .warning, "a replica is silent and left out of what statuses say",
                    ["replica": place.name, "address": place.addressText, "problem": problem]))
            guard let pod = place.pod else { return }
            record(
                EventRecorder.Note(
                    .warning, apiVersion: "v1", kind: "Pod", object: pod.key, uid: pod.uid, reason: "ReplicaSilent",
                    message: """
                        The leader got no answer for 10 s at \(place.addressText), and leaves the replica out of Programmed. Check that the \
                        pod runs and that its peer port can be reached from other replicas. \(problem)
                        """))
        case .back(let place): log(LogEvent(.info, "a replica answers again", ["replica": place.name]))
        case .unfound:
            log(
                LogEvent(
                    .warning, "nobody says who the other replicas are; statuses speak of this one alone",
                    ["service": settings.service.description]))
        case .ask, .leave, .wake: break
        }
    }

    // MARK: - Asking

    private func ask(_ place: PeerPlace) async {
        var known = ""
        var failures = 0
        while !Task.isCancelled {
            let address = place.addresses[failures % place.addresses.count]
            do throws(Unheard) {
                let report = try await question(address, known)
                guard !Task.isCancelled else { return }
                known = report.state
                failures = 0
                sink.yield(.answered(place.name, report))
                if let theirs = report.tickets { try await level(theirs, address) }
                try? await Task.sleep(for: Self.pause)
            } catch {
                guard !Task.isCancelled else { return }
                known = ""
                failures += 1
                sink.yield(.failed(place.name, problem: error.problem))
                try? await Task.sleep(for: min(.seconds(1), .milliseconds(100) * failures))
            }
        }
    }

    private struct Unheard: Error { var problem: String }

    /// All at the same time. - Parameter rule: an id of letters, digits and `/.-_`.
    func counts(of rule: String) async -> [String: Value] {
        let places = peers.filter { $0.state != .silent }.compactMap(\.place.addresses.first)
        return await withTaskGroup(of: (String, Value)?.self) { group in
            for address in places {
                group.addTask { [self] in
                    guard let answer = try? await send(Request("GET", "https://\(address)/v1/counts?rule=\(rule)"), status: 200),
                        let page = try? Value(json: answer), let identity = page["identity"]?.string, let counts = page["counts"]
                    else { return nil }
                    return (identity, counts)
                }
            }
            return await group.reduce(into: [:]) { if let answer = $1 { $0[answer.0] = answer.1 } }
        }
    }

    /// Makes this replica's keys of tickets and the other one's the same: the newer ones.
    private func level(_ theirs: TicketKeys.Mark, _ address: SocketAddress) async throws(Unheard) {
        guard let tickets else { return }
        tickets.share()
        let own = tickets.keys
        if theirs < own.mark {
            let kind = Header("Content-Type", "application/octet-stream")
            let request = Request("PUT", "https://\(address)/v1/tickets", headers: [kind], body: own.bytes)
            _ = try await send(request, status: 204)
        } else if own.mark < theirs {
            let answer = try await send(Request("GET", "https://\(address)/v1/tickets"), status: 200)
            guard let keys = TicketKeys(answer) else { throw Unheard(problem: "\(address) has no keys of tickets.") }
            tickets.adopt(keys)
        }
    }

    private func question(_ address: SocketAddress, _ known: String) async throws(Unheard) -> ReplicaReport {
        let answer = try await send(Request("GET", "https://\(address)/v1/state?after=\(known)&wait=\(Self.wait)"), status: 200)
        guard let report = ReplicaReport(json: answer) else { throw Unheard(problem: "\(address) is no replica.") }
        return report
    }

    /// - Returns: the body of an answer with the status that is expected.
    private func send(_ request: Request, status: Int) async throws(Unheard) -> [UInt8] {
        guard let client = identity.client else { throw Unheard(problem: "There is no identity yet.") }
        var request = request
        request.timeouts = Self.timeouts
        request.maximumBody = Self.answerLimit
        let response: Response
        do { response = try await client.send(request) } catch { throw Unheard(problem: error.description) }
        guard response.status == status else {
            throw Unheard(problem: "\(request.url) was answered with status \(response.status).")
        }
        return response.body
    }
}

extension PeerPlace {
    var addressText: String { addresses.map(\.description).joined(separator: ", ") }
}
