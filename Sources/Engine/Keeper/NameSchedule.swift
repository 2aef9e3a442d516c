import Base
import Reactor

/// When each name is resolved next, and what is known of it. A pure machine: time comes in as milliseconds.
struct NameSchedule {
    struct Entry {
        var users: [CellRegistry.ResolvedName]
        /// The last good addresses; kept while resolving fails.
        var addresses: [IPAddress] = []
        var due: UInt64
        var isAsked = false
        /// Failures in a row.
        var failures = 0
    }

    /// Seconds between resolutions, whatever a record says: a time to live of zero must not become a flood, one of a week must not hide
    /// a move.
    static let shortest: UInt32 = 1
    static let longest: UInt32 = 300
    static let longestRetry: UInt64 = 30_000

    private(set) var entries: [String: Entry] = [:]

    /// Takes over which names are wanted. Returns the users whose addresses are known already: they are told at once.
    mutating func sync(_ names: [CellRegistry.ResolvedName], now: UInt64) -> [(CellRegistry.ResolvedName, [IPAddress])] {
        let wanted = Dictionary(grouping: names, by: \.name)
        for name in entries.keys where wanted[name] == nil { entries[name] = nil }
        var known: [(CellRegistry.ResolvedName, [IPAddress])] = []
        for (name, users) in wanted {
            entries[name, default: Entry(users: [], due: now)].users = users
            if let addresses = entries[name]?.addresses, !addresses.isEmpty { known += users.map { ($0, addresses) } }
        }
        return known
    }

    /// Names to ask for now; they count as asked until `succeeded` or `failed`.
    mutating func takeDue(now: UInt64) -> [String] {
        let due = entries.filter { !$0.value.isAsked && $0.value.due <= now }.keys.sorted()
        for name in due { entries[name]?.isAsked = true }
        return due
    }

    /// Milliseconds until the next name is due; nil when none waits for its time.
    func untilDue(now: UInt64) -> Int? {
        entries.values.filter { !$0.isAsked }.map(\.due).min().map { $0 > now ? Int($0 - now) : 0 }
    }

    /// Returns the users to tell; none when the name is no longer wanted.
    mutating func succeeded(_ name: String, _ answer: Resolver.Answer, now: UInt64) -> [CellRegistry.ResolvedName] {
        guard var entry = entries[name] else { return [] }
        entry.addresses = answer.addresses
        entry.failures = 0
        entry.isAsked = false
        entry.due = now + UInt64(min(max(answer.ttl, Self.shortest), Self.longest)) * 1000
        entries[name] = entry
        return entry.users
    }

    /// Asks again after one, two, four… seconds. Returns whether this is the first failure in a row, which is worth a line in the log.
    mutating func failed(_ name: String, now: UInt64) -> Bool {
        guard var entry = entries[name] else { return false }
        entry.failures += 1
        entry.isAsked = false
        entry.due = now + min(1000 << UInt64(min(entry.failures - 1, 10)), Self.longestRetry)
        entries[name] = entry
        return entry.failures == 1
    }
}
