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
                let complete = lines.push(chunk)
                var events = concurrentMap(complete, few: 8) { event($0) }
                if lines.isOverfull { events.append(.unreadable(LineSplitter.complaint)) }
                if !events.isEmpty, await !handle(events, receivedAt) { return }
            }
        } catch {
            throw APIError(call, .transport(error))
        }
    }

    private func event(_ line: [UInt8]) -> Event {
        let document: Packed
        do {
            document = try Packed(json: line, omitting: reader.omittedOfEvents)
        } catch {
            return .unreadable(error.description)
        }
        guard let object = document.part(at: "object") else { return .unreadable("an event without object") }
        switch document.string(at: "type") {
        case "ADDED", "MODIFIED": return read(object).map { .changed($0) } ?? .unreadable("an object without name")
        case "DELETED": return read(object).map { .deleted($0) } ?? .unreadable("an object without name")
        case "BOOKMARK":
            return .bookmark(
                resourceVersion: object.string(at: "metadata", "resourceVersion") ?? "",
                endsInitialEvents: object.string(at: "metadata", "annotations", "k8s.io/initial-events-end") == "true")
        case "ERROR": return .failed(APIError(call, .init(object.value)))
        case let other: return .unreadable("an event of type \(other ?? "(none)")")
        }
    }

    private func read(_ document: Packed) -> Object? { Object(document, type: type, reader: reader) }
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
        while true {
            let end = chunk.span.firstIndex(of: UInt8(ascii: "\n"), from: start)
            guard end < chunk.count else { break }
            if rest.isEmpty {
                if start < end { lines.append(Array(chunk[start..<end])) }
            } else {
                lines.append(rest + chunk[start..<end])
                rest = []
            }
            start = end + 1
        }
        rest += chunk[start...]
        return lines
    }
}
