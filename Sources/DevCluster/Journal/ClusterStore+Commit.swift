import Documents
import Foundation
import Reactor
import Synchronization

/// What becomes of one transaction on its way to the disk.
final class CommitTicket: Sendable {
    private let outcome = Mutex<Result<Void, APIFailure>?>(nil)

    /// Nil: not known yet.
    var result: Result<Void, APIFailure>? { outcome.withLock { $0 } }
    func settle(_ result: Result<Void, APIFailure>) { outcome.withLock { $0 = result } }
}

/// A transaction that is in memory and not on the disk.
struct PendingWrite: Sendable {
    var entry: JournalEntry
    var writes: [ClusterState.Write]
    let ticket = CommitTicket()
}

extension ClusterStore.Guarded {
    mutating func enqueue(_ writes: [ClusterState.Write]) {
        guard !writes.isEmpty else { return }
        let write = PendingWrite(entry: JournalEntry(writes, version: state.version), writes: writes)
        pending.append(write)
        latest = write.ticket
        if writes.contains(where: { $0.resource == .customResourceDefinitions }) { latestDefinition = write.ticket }
    }

    fileprivate mutating func forgetTickets(upTo ticket: CommitTicket?) {
        if latest === ticket { latest = nil }
        if latestDefinition?.result != nil { latestDefinition = nil }
    }
}

/// Bringing writes to the disk, many at once: whoever comes first writes for all who have gathered meanwhile.
extension ClusterStore {
    /// Waits until the transaction is on the disk.
    func commit(_ ticket: CommitTicket) throws(APIFailure) {
        if ticket.result == nil {
            journal.withLock { journal in
                // Whoever had the lock before has perhaps written this one, too.
                if ticket.result == nil { commitPending(&journal) }
            }
        }
        guard let result = ticket.result else { preconditionFailure("a transaction was neither written nor refused") }
        try result.get()
    }

    /// Whether what is awaited was kept; false: it was taken back.
    func isKept(_ ticket: CommitTicket) -> Bool { (try? commit(ticket)) != nil }

    private func commitPending(_ journal: inout Journal?) {
        let batch = guarded.withLock { guarded in
            defer { guarded.pending = [] }
            return guarded.pending
        }
        do throws(SystemError) {
            try journal?.append(batch.map(\.entry))
        } catch {
            return takeBack(batch, error)
        }
        batch.forEach { $0.ticket.settle(.success(())) }
        guarded.withLock { guarded in
            guarded.forgetTickets(upTo: batch.last?.ticket)
            guarded.wake(Set(batch.flatMap { $0.writes.map(\.resource) }))
        }
        // A rewrite that fails is tried again after the next write; the long journal is as good.
        if journal?.isLong == true { try? compact(&journal) }
    }

    /// Later transactions rest on earlier ones, so all that are not on the disk go together.
    private func takeBack(_ batch: [PendingWrite], _ error: SystemError) {
        let remedy = error.isFull ? "make room on the disk" : "mend that"
        let failure = APIFailure(
            500, "InternalError",
            "Internal error occurred: the write could not be kept and was taken back: \(error); \(remedy) and try again")
        let all = guarded.withLock { guarded in
            let all = batch + guarded.pending
            for write in all.flatMap(\.writes).reversed() { guarded.state.undo(write) }
            guarded.pending = []
            guarded.latest = nil
            guarded.latestDefinition = nil
            return all
        }
        all.forEach { $0.ticket.settle(.failure(failure)) }
    }

    private func compact(_ journal: inout Journal?) throws(SystemError) {
        var (state, pending) = guarded.withLock { ($0.state, $0.pending) }
        for write in pending.flatMap(\.writes).reversed() { state.undo(write) }
        try journal?.begin(with: Self.snapshot(of: state))
    }

    /// In pieces of about a megabyte.
    static func snapshot(of state: ClusterState) -> [JournalEntry] {
        var entries = [JournalEntry(version: state.version)]
        var size = 0
        for (resource, objects) in state.everything {
            for object in objects {
                if size > 1 << 20 {
                    entries.append(JournalEntry(version: state.version))
                    size = 0
                }
                entries[entries.count - 1].changes.append(.put(resource, object.value))
                size += object.size
            }
        }
        return entries
    }
}

// MARK: - Beginning

extension ClusterState {
    /// - Parameter version: the latest that an earlier run has given out.
    init(_ kinds: [KindSchema], _ settings: ClusterStore.Settings, after version: Int64) {
        let start = Int64((settings.clock().timeIntervalSince1970 * 1_000_000).rounded(.down))
        let limits = EventHistory.Limits(events: settings.historyEvents)
        self.init(kinds: KindTable(kinds), version: max(start, version + 1), limits: limits)
    }
}

extension ClusterStore {
    /// A store that goes on where an earlier run on the same disk ended, however it ended.
    ///
    /// - Parameter complain: told what the earlier run did not finish and is therefore gone; nobody was told that it was kept.
    /// - Throws: when the disk does not answer or what was kept is damaged.
    public convenience init(
        kinds: [KindSchema], settings: Settings = Settings(), disk: any JournalDisk, complain: @Sendable (String) -> Void
    ) throws(DevClusterFailure) {
        var (journal, found) = try Journal.open(disk, smallest: settings.journalBytes)
        var state = ClusterState(kinds, settings, after: found?.version ?? 0)
        for (resource, objects) in found?.objects ?? [:] { for (key, value) in objects { state.restore(resource, key, value) } }
        if let torn = found?.tornBytes, torn > 0 {
            complain(
                "the last \(torn) bytes of \(disk.path)/\(Journal.fileName) were not finished and are cut off; no client was told that they were kept"
            )
        }
        do throws(SystemError) {
            // Says from which version on this run counts, and whether the disk takes anything at all.
            if found == nil {
                try journal.begin(with: Self.snapshot(of: state))
            } else {
                try journal.append([JournalEntry(version: state.version)])
            }
        } catch {
            throw DevClusterFailure("the state directory \(disk.path) cannot be written: \(error); make room or name another one")
        }
        self.init(state, journal: journal, settings)
    }
}
