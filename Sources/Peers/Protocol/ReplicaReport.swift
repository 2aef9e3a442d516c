import Documents
public import Kubernetes
public import Secure

/// What one replica says of itself: the answer to `GET /v1/state`.
///
/// Its size goes with the number of feeds, never with that of objects. Members that a version does not know are left alone, and those
/// that it misses have a meaning without them, so that two versions work side by side.
public struct ReplicaReport: Sendable, Equatable {
    /// Counts up when a member changes its meaning, which additions do not.
    static let protocolVersion: Int64 = 1

    public var protocolVersion = Self.protocolVersion
    /// Unique among the replicas, also among those that a pod had one after the other.
    public var identity: String
    /// Of the program.
    public var version: String
    public var workers: Int
    /// Whether requests should be sent to it; false once it drains.
    public var isReady = false
    /// What every worker of it serves; empty while it serves a state that it did not read from the cluster.
    public var marks = FeedMarks()
    /// Names the state that this is: who has it waits for another.
    public var state = ""

    /// Which keys it seals tickets of TLS with: their number and name, no part of them. nil from a version that shares none.
    public var tickets: TicketKeys.Mark?

    public init(identity: String, version: String, workers: Int) {
        self.identity = identity
        self.version = version
        self.workers = workers
    }

    // MARK: - JSON

    private static let textLimit = 512
    private static let feedLimit = 4_096

    /// nil when this is no such message.
    init?(json: [UInt8]) {
        guard let value = try? Value(json: json), let identity = value["identity"]?.string, !identity.isEmpty else { return nil }
        self.init(
            identity: String(identity.prefix(Self.textLimit)),
            version: String((value["version"]?.string ?? "").prefix(Self.textLimit)),
            workers: Int(clamping: value["workers"]?.integer ?? 0))
        protocolVersion = value["protocol"]?.integer ?? 0
        isReady = value["ready"]?.bool ?? true
        tickets = value["tickets"]?.string.flatMap { TicketKeys.Mark($0) }
        // It becomes a part of the next URL.
        state = String(
            (value["state"]?.string ?? "").prefix(Self.textLimit).filter {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0))
            })
        for (feed, version) in value["marks"]?.object?.entries.prefix(Self.feedLimit) ?? [] {
            marks[String(feed.prefix(Self.textLimit))] = version.string.map { String($0.prefix(Self.textLimit)) }
        }
    }

    var json: Value {
        var marks = Value.Fields()
        for (feed, version) in self.marks.versions.sorted(by: { $0.key < $1.key }) { marks[feed] = .string(version) }
        var page: Value = [
            "protocol": .integer(protocolVersion), "identity": .string(identity), "version": .string(version),
            "workers": .integer(Int64(workers)), "ready": .bool(isReady), "state": .string(state), "marks": .object(marks),
        ]
        if let tickets { page["tickets"] = .string("\(tickets)") }
        return page
    }
}
