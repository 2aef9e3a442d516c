import Base
import Documents
public import Foundation
import Synchronization

/// Writes Events about objects, the way `kubectl describe` shows them, without drowning anybody in repetitions.
///
/// The same thing about the same object is one Event whose count grows, at most once per ten minutes; at most `burst` new ones are
/// written at once and then one per second. Losing an Event is better than holding anything up, so failures are only counted.
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

    private struct State {
        var written: [Note: Instant] = [:]
        var tokens: Double
        var refilledAt: Instant
        var dropped = 0
    }

    static let type = ResourceType(group: "", version: "v1", plural: "events", kind: "Event")
    private static let repeatsAfter: UInt64 = 600_000_000_000
    private static let remembered = 4096

    private let client: APIClient
    private let component: String
    private let instance: String
    private let burst: Double
    private let state: Mutex<State>

    /// - Parameters:
    ///   - component: the controller's name.
    ///   - instance: which replica.
    public init(_ client: APIClient, component: String, instance: String, burst: Int = 25) {
        self.client = client
        self.component = component
        self.instance = instance
        self.burst = Double(burst)
        state = Mutex(State(tokens: Double(burst), refilledAt: MonotonicClock.now))
    }

    /// How many Events were not written: too many at once, or refused.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// Writes the Event unless it was written lately.
    public func record(_ note: Note) async {
        guard admit(note, at: MonotonicClock.now) else { return }
        let now = Timestamp.text(Date())
        let namespace = note.object.namespace.isEmpty ? "default" : note.object.namespace
        do {
            _ = try await client.create(Self.type, namespace: namespace, event(note, namespace: namespace, now: now))
        } catch let error where error.reason == "AlreadyExists" {
            await countUp(note, namespace: namespace, now: now)
        } catch {
            state.withLock { $0.dropped += 1 }
        }
    }

    private func countUp(_ note: Note, namespace: String, now: String) async {
        do {
            let old = try await client.get(Self.type, namespace: namespace, name: name(of: note))
            let count = (old.value["count"]?.integer ?? 1) + 1
            _ = try await client.patch(
                Self.type, namespace: namespace, name: name(of: note), .merge,
                ["count": .integer(count), "lastTimestamp": .string(now)])
        } catch {
            state.withLock { $0.dropped += 1 }
        }
    }

    func admit(_ note: Note, at now: Instant) -> Bool {
        state.withLock { state in
            if let last = state.written[note], now.nanoseconds(since: last) < Self.repeatsAfter { return false }
            let refill = Double(now.nanoseconds(since: state.refilledAt)) / 1e9
            state.tokens = min(burst, state.tokens + refill)
            state.refilledAt = now
            guard state.tokens >= 1 else {
                state.dropped += 1
                return false
            }
            state.tokens -= 1
            if state.written.count >= Self.remembered { state.written = [:] }
            state.written[note] = now
            return true
        }
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
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in (note.uid + "\0" + note.reason + "\0" + note.message).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return note.object.name.prefix(200) + "." + String(repeating: "0", count: 16 - digits.count) + digits
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
