public import Base

/// Runs a `ListWatchMachine` against an API server and hands on what it learns.
public struct ListWatch: Sendable {
    /// What changed, in order.
    public enum Update: Sendable {
        /// All objects of the type (in the namespace) that exist.
        case replaced([Object])
        case put(Object)
        case removed(ObjectKey)
        /// The server has no such resource.
        case missing
        /// Trouble began; told once. The last objects stay valid.
        case trouble(APIError)
        case recovered
    }

    /// The updates of one answer or one chunk of a watch.
    public struct Batch: Sendable {
        public var updates: [Update]
        /// When their bytes were there, before they were decoded.
        public var receivedAt: Instant
        /// How far they bring the watch: everything up to this resource version was handed on. nil while that is not known.
        public var version: String?
    }

    public let type: ResourceType
    /// nil means all namespaces.
    public let namespace: String?
    private let client: APIClient
    private let fieldSelector: String?
    private let labelSelector: String?
    private let reader: ObjectReader
    private let settings: ListWatchMachine.Settings
    private let seed: UInt64

    public init(
        _ client: APIClient, _ type: ResourceType, namespace: String? = nil, fieldSelector: String? = nil,
        labelSelector: String? = nil, reader: ObjectReader = .whole, settings: ListWatchMachine.Settings = .init(),
        seed: UInt64 = .random(in: 0 ... .max)
    ) {
        self.client = client
        self.type = type
        self.namespace = namespace
        self.fieldSelector = fieldSelector
        self.labelSelector = labelSelector
        self.reader = reader
        self.settings = settings
        self.seed = seed
    }

    /// Runs until the task is cancelled.
    public func run(_ receive: @escaping @Sendable (Batch) async -> Void) async {
        let run = Run(
            machine: ListWatchMachine(settings, seed: seed, watching: APIError.Call("watch", type, namespace: namespace)),
            receive: receive)
        var request = await run.perform(.start)
        while !Task.isCancelled, let next = request {
            request = await answer(next, run)
        }
    }

    private func answer(_ request: Run.Request, _ run: Run) async -> Run.Request? {
        switch request {
        case .rest(let duration):
            try? await Task.sleep(for: duration)
            return Task.isCancelled ? nil : await run.perform(.timer)
        case .list(let limit, let token):
            do {
                let page = try await client.list(
                    type, namespace: namespace, fieldSelector: fieldSelector, labelSelector: labelSelector, limit: limit,
                    continueToken: token, reader: reader)
                return await run.perform(
                    .page(objects: page.objects, resourceVersion: page.resourceVersion, continueToken: page.continueToken))
            } catch {
                return await run.perform(.requestFailed(error))
            }
        case .watch(let version, let seconds, let idle):
            return await watch(.resume(version), seconds, idle, run)
        case .stream(let seconds, let idle):
            return await stream(seconds, idle, run)
        }
    }

    private func watch(
        _ beginning: APIClient.WatchBeginning, _ seconds: Int, _ idle: Duration, _ run: Run
    ) async -> Run.Request? {
        do {
            let stream = try await client.watch(
                type, namespace: namespace, fieldSelector: fieldSelector, labelSelector: labelSelector, beginning,
                timeoutSeconds: seconds, idle: idle, reader: reader)
            // An open watch never asks for anything: actions with a request come only after it was closed.
            if let early = await run.perform(.watchOpened) { return early }
            var next: Run.Request?
            try await stream.forEachBatch { events, receivedAt in
                next = await run.perform(events.map(\.machineEvent), at: receivedAt)
                return next == nil && !Task.isCancelled
            }
            if let next { return next }
            return Task.isCancelled ? nil : await run.perform(.watchEnded(nil))
        } catch {
            return Task.isCancelled ? nil : await run.perform(.watchEnded(error))
        }
    }

    /// A watch beside which a clock ticks until the list in it has ended: a server that knows no streamed lists may fall silent.
    private func stream(_ seconds: Int, _ idle: Duration, _ run: Run) async -> Run.Request? {
        await withTaskGroup(of: Run.Request?.self) { group in
            group.addTask { await watch(.everything, seconds, idle, run) }
            group.addTask {
                while !Task.isCancelled, await run.isStreaming {
                    try? await Task.sleep(for: settings.streamSilence / 2)
                    if !Task.isCancelled, await run.isStreaming, let next = await run.perform(.timer) { return next }
                }
                return nil
            }
            defer { group.cancelAll() }
            for await case let next? in group { return next }
            return nil
        }
    }
}

extension WatchStream.Event {
    fileprivate var machineEvent: ListWatchMachine.Event {
        switch self {
        case .changed(let object): .changed(object)
        case .deleted(let object): .deleted(object)
        case .bookmark(let version, let ends): .bookmark(resourceVersion: version, endsInitialEvents: ends)
        case .failed(let error): .watchEnded(error)
        case .unreadable(let what): .unreadable(what)
        }
    }
}

extension ListWatch {
    /// The machine in motion: feeds events in, hands updates on, and returns the request that the machine asks for.
    private actor Run {
        enum Request: Sendable {
            case list(limit: Int?, continueToken: String?)
            case watch(resourceVersion: String, timeoutSeconds: Int, idle: Duration)
            case stream(timeoutSeconds: Int, idle: Duration)
            case rest(Duration)
        }

        private var machine: ListWatchMachine
        /// What was last told.
        private var version: String?
        private let receive: @Sendable (Batch) async -> Void

        init(machine: ListWatchMachine, receive: @escaping @Sendable (Batch) async -> Void) {
            self.machine = machine
            self.receive = receive
        }

        var isStreaming: Bool { machine.isStreaming }

        func perform(_ event: ListWatchMachine.Event) async -> Request? {
            await perform([event], at: MonotonicClock.now)
        }

        /// Events after one that closed the watch belong to the closed watch: they are dropped.
        func perform(_ events: [ListWatchMachine.Event], at now: Instant) async -> Request? {
            var updates: [Update] = []
            var request: Request?
            for event in events where request == nil {
                for action in machine.handle(event, at: now) {
                    switch action {
                    case .list(let limit, let token): request = .list(limit: limit, continueToken: token)
                    case .probe: request = .list(limit: 1, continueToken: nil)
                    case .watch(let version, let seconds, let idle):
                        request = .watch(resourceVersion: version, timeoutSeconds: seconds, idle: idle)
                    case .stream(let seconds, let idle): request = .stream(timeoutSeconds: seconds, idle: idle)
                    case .rest(let duration): request = .rest(duration)
                    case .closeWatch: break
                    case .replace(let objects): updates.append(.replaced(objects))
                    case .put(let object): updates.append(.put(object))
                    case .remove(let key): updates.append(.removed(key))
                    case .missing: updates.append(.missing)
                    case .report(let error): updates.append(.trouble(error))
                    case .recovered: updates.append(.recovered)
                    }
                }
            }
            // A bookmark brings no updates, and yet says that there were none up to its version.
            let reached = machine.position ?? version
            if !updates.isEmpty || reached != version {
                version = reached
                await receive(Batch(updates: updates, receivedAt: now, version: machine.position))
            }
            return request
        }
    }
}
