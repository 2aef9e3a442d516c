public import Base

/// Decides who leads: a pure machine over what the Lease says and our own clock.
///
/// Other replicas' clocks are never compared with ours (leader election of client-go, `tryAcquireOrRenew`): a Lease has expired when
/// *we* saw it unchanged for its whole duration. That holds for a Lease that was deleted or emptied under its holder too; only who
/// gives it up makes room at once. A leader leads for `renewDeadline` from the moment in which it *sent* its last renewal, and steps
/// down then by itself, before anybody else may take over.
public struct LeaseMachine: Sendable {
    public struct Settings: Sendable {
        public var duration: Duration = .seconds(15)
        public var renewDeadline: Duration = .seconds(10)
        /// A third of the duration, as kubelets do with theirs: two renewals may fail.
        public var renewal: Duration = .seconds(5)
        /// After a failure, and between looks at somebody else's Lease.
        public var retry: Duration = .seconds(2)
        /// Longer terms are not believed: whatever is written into a Lease, somebody leads again after this.
        public var longest: Duration = .seconds(300)

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
        /// With each renewal: until when this replica leads if it hears of no other.
        case lead(until: Instant)
        case follow(leader: String)
    }

    /// Who gives a Lease up writes this for its duration (as client-go does), which tells it from one that somebody emptied.
    public static let givenUp = Duration.seconds(1)

    public private(set) var isLeader = false
    private let identity: String
    private let settings: Settings
    private var seen: Record?
    /// It was there, and is no longer.
    private var isGone = false
    private var seenAt = Instant.zero
    /// When the write was sent that is under way or was the last.
    private var sentAt = Instant.zero
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
            return stepDownIfStale(now) + [isLeader ? renewal(now) : .read]
        case .overtaken where isRenewing:
            isRenewing = false
            return [.read]
        case .overtaken:
            // Somebody was faster. Unless the Lease was still ours when it was read, it may be theirs now.
            let end = seen?.holder == identity ? stepDownIfStale(now) : stepDown()
            return end + [.rest(pause(nil, now))]
        case .read(nil): return observeNone(now)
        case .read(.some(let record)): return observe(record, now)
        case .readFailed(let asked), .writeFailed(let asked): return stepDownIfStale(now) + [.rest(pause(asked, now))]
        case .written(let record): return written(record, now)
        }
    }

    /// The term counts from the sending: the process may have stood still until the answer was read, and others count from the write.
    private mutating func written(_ record: Record, _ now: Instant) -> [Action] {
        remember(record, now)
        renewedAt = sentAt
        following = nil
        let until = renewedAt.advanced(byNanoseconds: settings.renewDeadline.wholeNanoseconds)
        guard now < until else { return stepDown() + [renewal(now)] }
        isLeader = true
        return [.lead(until: until), .rest(settings.renewal)]
    }

    /// A leader wrote the Lease last: unless somebody else did meanwhile, which the version tells, there is nothing to read first.
    private mutating func renewal(_ now: Instant) -> Action {
        guard let seen else { return .read }
        isRenewing = true
        return write(seen.transitions, seen.resourceVersion, now)
    }

    private mutating func write(_ transitions: Int, _ version: String?, _ now: Instant) -> Action {
        sentAt = now
        return .write(transitions: transitions, resourceVersion: version)
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
        if record.holder == identity { return [write(record.transitions, record.resourceVersion, now)] }
        let isGivenUp = record.holder.isEmpty && record.duration <= Self.givenUp
        // Emptied by others under us: our term goes on, and nobody else may have it before that is over.
        if isGivenUp || now >= expiry(of: record) || record.holder.isEmpty && isLeader {
            // An int32 in the API.
            let next = (0..<Int(Int32.max)).contains(record.transitions) ? record.transitions + 1 : 0
            return [write(next, record.resourceVersion, now)]
        }
        isLeader = false
        if following == record.holder { return [.rest(settings.retry)] }
        following = record.holder
        return [.follow(leader: record.holder), .rest(settings.retry)]
    }

    /// A Lease that is gone was deleted by others: whoever held it leads until its term is over, unless it was us.
    private mutating func observeNone(_ now: Instant) -> [Action] {
        if isLeader {
            seen = nil
        } else if let seen {
            if !isGone { seenAt = now }
            isGone = true
            if now < expiry(of: seen) { return [.rest(settings.retry)] }
        }
        return [write(0, nil, now)]
    }

    private func expiry(of record: Record) -> Instant {
        let term = record.duration > .zero ? min(record.duration, settings.longest) : settings.duration
        return seenAt.advanced(byNanoseconds: term.wholeNanoseconds)
    }

    /// Any change restarts the wait for expiry.
    private mutating func remember(_ record: Record, _ now: Instant) {
        if isGone || seen?.renewTime != record.renewTime || seen?.holder != record.holder { seenAt = now }
        isGone = false
        seen = record
    }

    private mutating func stepDownIfStale(_ now: Instant) -> [Action] {
        now.nanoseconds(since: renewedAt) >= settings.renewDeadline.wholeNanoseconds ? stepDown() : []
    }

    private mutating func stepDown() -> [Action] {
        guard isLeader else { return [] }
        isLeader = false
        following = ""
        return [.follow(leader: "")]
    }
}
