import Reactor

/// Keeps what the store acknowledges on a disk: a file with a snapshot of everything, followed by the transactions since.
///
/// Whatever `append` returned from is on the disk (fdatasync), and so outlives a kill and, as far as the disk keeps its word, a power
/// loss. A machine without threads or clock; whoever owns it calls it from one thread at a time.
struct Journal: Sendable {
    static let fileName = "journal"
    private static let temporaryName = "journal.new"

    private let disk: any JournalDisk
    /// Bytes: a shorter file is not worth rewriting.
    private let smallest: Int
    /// Bytes of the file that are on the disk and count.
    private var length = 0
    private var nextNumber: UInt64 = 0
    private var snapshotLength = 0
    /// Whether the file ends where `length` says.
    private var isClean = true
    private var areNamesDurable = true

    private init(_ disk: any JournalDisk, smallest: Int) {
        self.disk = disk
        self.smallest = smallest
    }

    /// Reads what earlier runs have left, and cuts off what the last one did not finish.
    static func open(_ disk: any JournalDisk, smallest: Int) throws(DevClusterFailure) -> (
        journal: Journal, found: JournalReading?
    ) {
        var journal = Journal(disk, smallest: smallest)
        guard
            let bytes = try reporting(
                disk,
                { disk throws(SystemError) in
                    try disk.remove(temporaryName)
                    return try disk.read(fileName)
                })
        else { return (journal, nil) }
        let found = try JournalReading(bytes, path: "\(disk.path)/\(fileName)")
        journal.length = found.length
        journal.nextNumber = found.frames
        journal.snapshotLength = found.snapshotLength
        journal.isClean = found.length == bytes.count
        // A process that was killed may have renamed the file without having synced that.
        journal.areNamesDurable = false
        journal = try reporting(disk) { [journal] _ throws(SystemError) in
            var journal = journal
            try journal.repair()
            return journal
        }
        return (journal, found)
    }

    private static func reporting<R>(_ disk: any JournalDisk, _ body: (any JournalDisk) throws(SystemError) -> R)
        throws(DevClusterFailure) -> R
    {
        do {
            return try body(disk)
        } catch {
            throw DevClusterFailure("the state in \(disk.path) cannot be used: \(error); mend that or name another directory")
        }
    }

    // MARK: - Writing

    /// Returns when the entries are on the disk. After an error none of them counts.
    mutating func append(_ entries: [JournalEntry]) throws(SystemError) {
        try repair()
        var payload: [UInt8] = []
        for entry in entries { entry.write(to: &payload) }
        let frame = JournalFrame.bytes(payload, number: nextNumber)
        isClean = false
        do {
            try disk.append(frame, to: Self.fileName)
            try disk.sync(Self.fileName)
        } catch {
            // What cannot be taken back now is taken back before the next entry.
            try? repair()
            throw error
        }
        isClean = true
        length += frame.count
        nextNumber += 1
    }

    /// Whether more than half of the file is history.
    var isLong: Bool { length > max(smallest, 2 * snapshotLength) }

    /// Begins a new file with everything there is, in place of the old one. After an error the old one or the new one counts: they say
    /// the same.
    ///
    /// - Parameter entries: what the store holds, in pieces of a size that suits the memory.
    mutating func begin(with entries: [JournalEntry]) throws(SystemError) {
        try repair()
        var bytes = JournalFrame.bytes(JournalReading.preamble(frames: entries.count), number: 0)
        var written = 0
        do {
            try disk.remove(Self.temporaryName)
            for (at, entry) in entries.enumerated() {
                var payload: [UInt8] = []
                entry.write(to: &payload)
                bytes += JournalFrame.bytes(payload, number: UInt64(at + 1))
                try disk.append(bytes, to: Self.temporaryName)
                written += bytes.count
                bytes = []
            }
            try disk.sync(Self.temporaryName)
            try disk.rename(Self.temporaryName, to: Self.fileName)
        } catch {
            try? disk.remove(Self.temporaryName)
            throw error
        }
        length = written
        snapshotLength = written
        nextNumber = UInt64(entries.count + 1)
        areNamesDurable = false
        try repair()
    }

    /// Takes back what failed before, so that the next frame follows the last one that counts.
    private mutating func repair() throws(SystemError) {
        if !areNamesDurable {
            try disk.syncNames()
            areNamesDurable = true
        }
        guard !isClean else { return }
        try disk.truncate(Self.fileName, to: length)
        try disk.sync(Self.fileName)
        isClean = true
    }
}
