public import Base

/// Decides who leads: a pure machine over what the Lease says and our own clock.
///
/// Other replicas' clocks are never compared with ours (leader election of client-go, `tryAcquireOrRenew`): a Lease has expired when
/// *we* saw it unchanged for its whole duration. A leader that could not renew for `renewDeadline` steps down by itself, before
/// anybody else may take over.
public struct LeaseMachine: Sendable {
    public struct Settings: Sendable {
        public var duration: Duration = .seconds(15)
        public var renewDeadline: Duration = .seconds(10)
        /// A third of the duration, as kubelets do with theirs: two renewals may fail.
        public var renewal: Duration = .seconds(5)
        /// After a failure, and between looks at somebody else's Lease.
        public var retry: Duration = .seconds(2)

        public init() {}
    }

    /// What the Lease object holds.
    public struct Record: Sendable, Equatable {
        public var holder: String
        public var transitions: Int
        /// Changes with every renewal.
        public var renewTime: String
        public var duration: Duration
        public var resourceVersion: String

        public init(holder: String, transitions: Int, renewTime: String, duration: Duration, resourceVersion: String) {
            self.holder = holder
            self.transitions = transitions
            self.renewTime = renewTime
            self.duration = duration
            self.resourceVersion = resourceVersion
        }
    }

    public enum Event: Sendable {
        /// The Lease was read; nil when there is none.
        case read(Record?)
        case readFailed(retryAfter: Duration?)
        case written(Record)
        /// The write failed, or somebody else wrote first.
        case writeFailed(retryAfter: Duration?)
        /// The Lease is no longer as it was when it was last seen.
        case overtaken
        case timer
    }

    public enum Action: Sendable, Equatable {
        case read
        /// Creates the Lease (no resource version) or replaces that version.
        case write(transitions: Int, resourceVersion: String?)
        case rest(Duration)
        case lead
        case follow(leader: String)
    }

    public private(set) var isLeader = false
    private let identity: String
    private let settings: Settings
    private var seen: Record?
    private var seenAt = Instant.zero
    private var renewedAt = Instant.zero
    private var following: String?
    /// The Lease is being written without having been read again.
    private var isRenewing = false

    public init(identity: String, settings: Settings = Settings()) {
        self.identity = identity
        self.settings = settings
    }

    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .timer:
            isRenewing = false
            return stepDownIfStale(now) + [isLeader ? renewal() : .read]
        case .overtaken where isRenewing:
            isRenewing = false
            return [.read]
        case .overtaken: return handle(.writeFailed(retryAfter: nil), at: now)
        case .read(nil): return [.write(transitions: 0, resourceVersion: nil)]
        case .read(.some(let record)): return observe(record, now)
        case .readFailed(let asked), .writeFailed(let asked): return stepDownIfStale(now) + [.rest(pause(asked, now))]
        case .written(let record):
            remember(record, now)
            renewedAt = now
            let begins = !isLeader
            isLeader = true
            following = nil
            return (begins ? [.lead] : []) + [.rest(settings.renewal)]
        }
    }

    /// A leader wrote the Lease last: unless somebody else did meanwhile, which the version tells, there is nothing to read first.
    private mutating func renewal() -> Action {
        guard let seen else { return .read }
        isRenewing = true
        return .write(transitions: seen.transitions, resourceVersion: seen.resourceVersion)
    }

    /// As long as the server asks, but a leader looks again when it has to step down.
    private func pause(_ asked: Duration?, _ now: Instant) -> Duration {
        let wait = min(max(settings.retry, asked ?? .zero), settings.duration)
        guard isLeader else { return wait }
        let left =
            settings.renewDeadline.wholeNanoseconds
            - min(now.nanoseconds(since: renewedAt), settings.renewDeadline.wholeNanoseconds)
        return min(wait, max(settings.retry, .nanoseconds(Int64(clamping: left))))
    }

    private mutating func observe(_ record: Record, _ now: Instant) -> [Action] {
        remember(record, now)
        if record.holder == identity { return [.write(transitions: record.transitions, resourceVersion: record.resourceVersion)] }
        let expires = seenAt.advanced(byNanoseconds: record.duration.wholeNanoseconds)
        if record.holder.isEmpty || now >= expires {
            return [.write(transitions: record.transitions + 1, resourceVersion: record.resourceVersion)]
        }
        isLeader = false
        if following == record.holder { return [.rest(settings.retry)] }
        following = record.holder
        return [.follow(leader: record.holder), .rest(settings.retry)]
    }

    /// Any change restarts the wait for expiry.
    private mutating func remember(_ record: Record, _ now: Instant) {
        if seen?.renewTime != record.renewTime || seen?.holder != record.holder { seenAt = now }
        seen = record
    }

    private mutating func stepDownIfStale(_ now: Instant) -> [Action] {
        guard isLeader, now.nanoseconds(since: renewedAt) >= settings.renewDeadline.wholeNanoseconds else { return [] }
        isLeader = false
        following = ""
        return [.follow(leader: "")]
    }
}
