import Documents
import Reactor
import Serving

/// Answers a watch: a stream of JSON objects, one a line, until the client leaves or the time is over.
struct WatchAnswer: Sendable {
    struct Pace: Sendable {
        /// Between two bookmarks of a watch that asked for them.
        var bookmarkMilliseconds = 30_000
        /// When the client names no end; Kubernetes takes a random half to whole hour.
        var defaultSeconds = 2_700
    }

    private let kind: KindSchema
    private let selection: Selection
    private let request: ServedRequest
    private let rendering: Rendering
    private let watch: StoreWatch
    private let store: ClusterStore
    /// What says that a custom kind is served in another way, or no longer: then its watches end, and clients look again.
    private let definitions: StoreWatch?
    private let initial: [StoredObject]
    private let marksEndOfInitial: Bool
    private let sendsBookmarks: Bool
    private let seconds: Int
    private let pace: Pace

    init(
        _ store: ClusterStore, _ kind: KindSchema, _ selection: Selection, _ request: ServedRequest, _ rendering: Rendering,
        _ pace: Pace
    )
        throws(APIFailure)
    {
        self.kind = kind
        self.selection = selection
        self.request = request
        self.rendering = rendering
        self.pace = pace
        sendsBookmarks = ["true", "1"].contains(request.parameter("allowWatchBookmarks") ?? "")
        seconds = request.parameter("timeoutSeconds").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } ?? pace.defaultSeconds
        let wantsInitial = request.parameter("sendInitialEvents").map { $0 == "true" || $0 == "1" }
        try ListOptionRules.check(request, isWatch: true)
        marksEndOfInitial = wantsInitial == true && sendsBookmarks
        let version = try RequestOptions.version(request)
        let view = store.view(kind.resource)
        if let version, version > view.version { throw .tooLarge(version: version, current: view.version) }
        let beginsWithAll = wantsInitial ?? (version == nil)
        initial = beginsWithAll ? view.sorted(namespace: selection.namespace).filter(selection.contains) : []
        watch = try store.watch(kind.resource, after: beginsWithAll ? view.version : version ?? view.version)
        self.store = store
        definitions =
            store.kinds.isCustom(kind.resource) ? try store.watch(.customResourceDefinitions, ringing: watch.bell) : nil
    }

    func respond() -> ServedResponse {
        ServedResponse(
            status: 200, headers: ["Content-Type": "application/json", "Cache-Control": "no-cache, private"],
            body: .stream { stream in run(stream) })
    }

    private func run(_ stream: ResponseStream) {
        var writer = EventWriter(kind: kind, rendering: rendering, request: request)
        for object in initial {
            writer.write(.added, object)
            guard flush(&writer, stream) else { return }
        }
        if marksEndOfInitial { writer.writeBookmark(watch.position, endsInitial: true) }
        let end = SystemClock.monotonicNanoseconds + UInt64(seconds) * 1_000_000_000
        var nextBookmark = SystemClock.monotonicNanoseconds + UInt64(pace.bookmarkMilliseconds) * 1_000_000
        while stream.send(writer.take()) {
            switch watch.next() {
            case .expired:
                writer.write(.expired("too old resource version: \(watch.position)"))
                stream.send(writer.take())
                return
            case .events(let events) where !events.isEmpty:
                for event in events {
                    if let kind = selection.view(of: event) { writer.write(kind, event.object, before: event.previous) }
                    guard flush(&writer, stream) else { return }
                }
                // A busy collection must not make a watch outlive its time.
                guard SystemClock.monotonicNanoseconds < end else {
                    stream.send(writer.take())
                    return
                }
            case .events where isRedefined:
                return
            case .events:
                let now = SystemClock.monotonicNanoseconds
                if sendsBookmarks, now >= min(nextBookmark, end) {
                    nextBookmark = now + UInt64(pace.bookmarkMilliseconds) * 1_000_000
                    writer.writeBookmark(watch.position, endsInitial: false)
                    stream.send(writer.take())
                }
                guard now < end else { return }
                let until = sendsBookmarks ? min(nextBookmark, end) : end
                guard stream.wait(for: watch.bell, milliseconds: Int((until - now) / 1_000_000) + 1) != .disconnected else {
                    return
                }
            }
        }
    }

    private var isRedefined: Bool {
        guard let definitions else { return false }
        if case .events(let events) = definitions.next(), events.isEmpty { return false }
        return store.kinds[kind.group, kind.version, kind.plural] != kind
    }

    /// Sends what has gathered before it grows large; false when the client is gone.
    private func flush(_ writer: inout EventWriter, _ stream: ResponseStream) -> Bool {
        writer.count < 1 << 20 || stream.send(writer.take())
    }
}

/// Writes watch events as lines.
private struct EventWriter {
    private let kind: KindSchema
    private let rendering: Rendering
    private let request: ServedRequest
    private var lines: [UInt8] = []
    private var hasColumns = false

    init(kind: KindSchema, rendering: Rendering, request: ServedRequest) {
        self.kind = kind
        self.rendering = rendering
        self.request = request
    }

    var count: Int { lines.count }

    /// What was written since the last call.
    mutating func take() -> [UInt8] {
        defer { lines = [] }
        return lines
    }

    /// An object that left the selection is shown as it was, with the version in which it left.
    mutating func write(_ type: StoreEvent.Kind, _ object: StoredObject, before: StoredObject? = nil) {
        var value = object.value
        if type == .deleted, let before, before.version != object.version {
            value = before.value
            value.setMetadata("resourceVersion", .string(String(object.version)))
        }
        append(type.rawValue, rendered(kind.served(value)))
    }

    mutating func writeBookmark(_ version: Int64, endsInitial: Bool) {
        if case .table = rendering { return }
        var metadata: Value = ["resourceVersion": .string(String(version)), "creationTimestamp": .null]
        if endsInitial { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        append(
            "BOOKMARK",
            rendered(["kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion), "metadata": metadata]))
    }

    mutating func write(_ failure: APIFailure) { append("ERROR", failure.status) }

    private mutating func append(_ type: String, _ object: Value) {
        lines += (["type": .string(type), "object": object] as Value).json
        lines.append(UInt8(ascii: "\n"))
    }

    /// Columns go out once: they do not change while a watch runs.
    private mutating func rendered(_ object: Value) -> Value {
        switch rendering {
        case .json, .yaml: return object
        case .partial(let version): return Answers.partial(object, version)
        case .table(let version):
            var table = Answers.table(kind, [object], object.resourceVersion, version, request)
            if hasColumns { table["columnDefinitions"] = .null }
            hasColumns = true
            return table
        }
    }
}
