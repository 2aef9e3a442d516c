import Base
import Documents
public import Foundation

/// Writes Events about objects, the way `kubectl describe` shows them.
///
/// The same thing about the same object is one Event whose count grows, at most once per ten minutes: that holds across restarts and
/// replicas, since it is the Event itself that tells when it was last said. How many are written, and how fast, is `EventLimits`.
public final class EventRecorder: Sendable {
    public struct Note: Sendable, Hashable {
        public enum Severity: String, Sendable { case normal = "Normal", warning = "Warning" }

        public var severity: Severity
        public var apiVersion: String
        public var kind: String
        public var object: ObjectKey
        public var uid: String
        /// CamelCase, for machines.
        public var reason: String
        /// A sentence, for people.
        public var message: String

        public init(
            _ severity: Severity, apiVersion: String, kind: String, object: ObjectKey, uid: String, reason: String,
            message: String
        ) {
            self.severity = severity
            self.apiVersion = apiVersion
            self.kind = kind
            self.object = object
            self.uid = uid
            self.reason = reason
            self.message = message
        }
    }

    static let type = ResourceType(group: "", version: "v1", plural: "events", kind: "Event")

    private let client: APIClient
    private let component: String
    private let instance: String

    /// - Parameters:
    ///   - component: the controller's name.
    ///   - instance: which replica.
    public init(_ client: APIClient, component: String, instance: String) {
        self.client = client
        self.component = component
        self.instance = instance
    }

    public enum Outcome: Sendable, Equatable {
        case written
        /// It was said lately, by whomever.
        case repeated
        case notAllowed
    }

    /// Writes the Event unless it was written lately. A server that asks to wait is the caller's business, who has more to write.
    ///
    /// - Parameter isAllowed: asked right before the write.
    public func record(_ note: Note, isAllowed: @Sendable () -> Bool = { true }) async throws(APIError) -> Outcome {
        let now = Date()
        let namespace = note.object.namespace.isEmpty ? "default" : note.object.namespace
        // Asked first, so that a gateway that begins or begins to lead writes nothing that is there already.
        let old = try await existing(note, namespace)
        if let old, isRecent(old, now) { return .repeated }
        guard isAllowed() else { return .notAllowed }
        do {
            if let old {
                let (count, overflow) = (old.value["count"]?.integer ?? 1).addingReportingOverflow(1)
                let isFull = overflow || count > Int64(Int32.max)
                let change: Value = ["count": .integer(isFull ? 1 : count), "lastTimestamp": .string(Timestamp.text(now))]
                _ = try await client.patch(
                    Self.type, namespace: namespace, name: old.key.name, .merge, change, isPatient: false)
            } else {
                let event = event(note, namespace: namespace, now: Timestamp.text(now))
                _ = try await client.create(Self.type, namespace: namespace, event, isPatient: false)
            }
            return .written
        } catch let error where error.reason == "AlreadyExists" || error.code == 404 && old != nil {
            // Somebody said the same in this moment, or it ended its life in it (an hour after it was last said).
            return .repeated
        }
    }

    private func existing(_ note: Note, _ namespace: String) async throws(APIError) -> Object? {
        do {
            return try await client.get(Self.type, namespace: namespace, name: name(of: note), isPatient: false)
        } catch let error where error.code == 404 {
            return nil
        }
    }

    /// Others' clocks may be ahead of ours, or wrong.
    private func isRecent(_ event: Object, _ now: Date) -> Bool {
        let last = event.value["lastTimestamp"]?.string.flatMap(Timestamp.date) ?? .distantPast
        return abs(now.timeIntervalSince(last)) < Double(EventLimits.repeatsAfter.components.seconds)
    }

    private func event(_ note: Note, namespace: String, now: String) -> Value {
        [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": .string(name(of: note)), "namespace": .string(namespace)],
            "involvedObject": [
                "apiVersion": .string(note.apiVersion), "kind": .string(note.kind), "namespace": .string(note.object.namespace),
                "name": .string(note.object.name), "uid": .string(note.uid),
            ],
            "type": .string(note.severity.rawValue), "reason": .string(note.reason),
            // The API server refuses more than 1024 bytes.
            "message": .string(String(decoding: note.message.utf8.prefix(1000), as: UTF8.self)),
            "firstTimestamp": .string(now), "lastTimestamp": .string(now), "count": 1,
            "source": ["component": .string(component), "host": .string(instance)],
            "reportingComponent": .string(component), "reportingInstance": .string(instance),
        ]
    }

    /// The same for the same thing, so that the API server is where repetitions of all replicas meet.
    private func name(of note: Note) -> String {
        let hash = ByteHash.of((note.uid + "\0" + note.reason + "\0" + note.message).utf8)
        return note.object.name.prefix(200) + "." + Hexadecimal.text(hash)
    }
}

/// Times as Kubernetes writes them: RFC 3339 in UTC.
public enum Timestamp {
    /// `2026-01-31T12:00:00Z`
    public static func text(_ date: Date) -> String {
        date.formatted(.iso8601)
    }

    /// Any RFC 3339 time; nil when it is none.
    static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: .iso8601))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    }

    /// With microseconds, as Leases hold them.
    public static func microText(_ date: Date) -> String {
        let micros = Int((date.timeIntervalSince1970 * 1_000_000).rounded(.down))
        let whole = Date(timeIntervalSince1970: Double(micros / 1_000_000))
        let fraction = String(micros % 1_000_000)
        return text(whole).dropLast() + "." + String(repeating: "0", count: 6 - fraction.count) + fraction + "Z"
    }
}
