public import Base
import Documents
import Fetch

/// The events of an open watch: JSON objects, one per line.
public struct WatchStream: Sendable {
    public enum Event: Sendable {
        /// Added or modified: the difference is the sender's view, not ours.
        case changed(Object)
        case deleted(Object)
        /// - endsInitialEvents: everything that existed at that version was sent.
        case bookmark(resourceVersion: String, endsInitialEvents: Bool)
        case failed(APIError)
        /// A line that is no event; what is wrong with it.
        case unreadable(String)
    }

    private let body: StreamedResponse.Body
    private let type: ResourceType
    private let call: APIError.Call
    private let reader: ObjectReader

    init(_ body: StreamedResponse.Body, type: ResourceType, call: APIError.Call, reader: ObjectReader) {
        self.body = body
        self.type = type
        self.call = call
        self.reader = reader
    }

    /// Hands over the events of each chunk that arrived together, and when it was there, until the server ends the watch.
    /// `handle` returns false to end it from this side. A line cut short by the end is no event: the resumed watch brings it again.
    public func forEachBatch(_ handle: ([Event], Instant) async -> Bool) async throws(APIError) {
        var lines = LineSplitter()
        do {
            for try await chunk in body {
                let receivedAt = MonotonicClock.now
                let events = lines.push(chunk).map { event($0) } + (lines.isOverfull ? [.unreadable(LineSplitter.complaint)] : [])
                if !events.isEmpty, await !handle(events, receivedAt) { return }
            }
        } catch {
            throw APIError(call, .transport(error))
        }
    }

    private func event(_ line: [UInt8]) -> Event {
        let value: Value
        do {
            value = try Value(json: line, omitting: reader.omittedOfEvents)
        } catch {
            return .unreadable(error.description)
        }
        guard let object = value["object"] else { return .unreadable("an event without object") }
        switch value["type"]?.string {
        case "ADDED", "MODIFIED": return read(object).map { .changed($0) } ?? .unreadable("an object without name")
        case "DELETED": return read(object).map { .deleted($0) } ?? .unreadable("an object without name")
        case "BOOKMARK":
            let metadata = object["metadata"]
            return .bookmark(
                resourceVersion: metadata?["resourceVersion"]?.string ?? "",
                endsInitialEvents: metadata?[at: "annotations", "k8s.io/initial-events-end"]?.string == "true")
        case "ERROR": return .failed(APIError(call, .init(object)))
        case let other: return .unreadable("an event of type \(other ?? "(none)")")
        }
    }

    private func read(_ value: Value) -> Object? { Object(value, type: type, reader: reader) }
}

/// Cuts a stream of bytes into lines.
struct LineSplitter {
    /// An object takes at most 1.5 MiB in etcd as installed, and JSON seldom more than three times that.
    static let limit = 16 << 20
    static let complaint = "a line of more than \(limit >> 20) MiB"
    private var rest: [UInt8] = []

    var isOverfull: Bool { rest.count > Self.limit }

    mutating func push(_ chunk: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        for end in chunk.indices where chunk[end] == UInt8(ascii: "\n") {
            rest += chunk[start..<end]
            if !rest.isEmpty { lines.append(rest) }
            rest = []
            start = end + 1
        }
        rest += chunk[start...]
        return lines
    }
}
