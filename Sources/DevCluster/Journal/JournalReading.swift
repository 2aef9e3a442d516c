import Documents

/// What a journal says, read from its bytes.
struct JournalReading: Sendable {
    private(set) var objects: [ResourceKey: [ObjectKey: Value]] = [:]
    /// The latest version that was given out.
    private(set) var version: Int64 = 0
    /// Bytes up to the end of the last whole frame.
    private(set) var length = 0
    private(set) var frames: UInt64 = 0
    private(set) var snapshotLength = 0
    /// Bytes of a frame that was not finished.
    private(set) var tornBytes = 0

    private static let format = "martlet-journal-1"

    /// The first frame: what the file is, and how many frames its snapshot has. These were on the disk before the file had its name.
    static func preamble(frames: Int) -> [UInt8] { Array("\(format) \(frames)\n".utf8) }

    /// - Throws: when something that was on the disk is there no more; the message says where and what to do.
    init(_ bytes: [UInt8], path: String) throws(DevClusterFailure) {
        var snapshotFrames: UInt64 = 0
        reading: while true {
            switch JournalFrame.read(bytes, at: length, number: frames) {
            case .frame(let payload) where frames == 0:
                snapshotFrames = try Self.snapshotFrames(bytes[payload], path)
                advance(to: payload.upperBound, isSnapshot: true)
            case .frame(let payload):
                guard let entries = JournalEntry.read(bytes[payload]) else {
                    throw Self.unreadable(path, length, "was written by another version of martlet")
                }
                entries.forEach { apply($0) }
                advance(to: payload.upperBound, isSnapshot: frames <= snapshotFrames)
            case .end where frames > snapshotFrames: break reading
            case .torn where frames > snapshotFrames:
                tornBytes = bytes.count - length
                break reading
            case .damaged: throw Self.unreadable(path, length, "is damaged")
            case .end, .torn: throw Self.unreadable(path, length, "ends within its snapshot")
            }
        }
    }

    private mutating func advance(to end: Int, isSnapshot: Bool) {
        length = end
        frames += 1
        if isSnapshot { snapshotLength = end }
    }

    private mutating func apply(_ entry: JournalEntry) {
        version = max(version, entry.version)
        for change in entry.changes {
            switch change {
            case .put(let resource, let object):
                objects[resource, default: [:]][ObjectKey(namespace: object.namespace, name: object.name)] = object
            case .remove(let resource, let key): objects[resource]?[key] = nil
            }
        }
    }

    private static func snapshotFrames(_ payload: ArraySlice<UInt8>, _ path: String) throws(DevClusterFailure) -> UInt64 {
        let words = String(decoding: payload, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == format, let frames = UInt64(words[1]) else {
            throw unreadable(path, 0, "was written by another version of martlet")
        }
        return frames
    }

    private static func unreadable(_ path: String, _ offset: Int, _ what: String) -> DevClusterFailure {
        var remedy = "put a copy of the file in its place, or move the file away to begin with an empty cluster"
        if offset > 0 { remedy += "; `truncate -s \(offset) \(path)` keeps what was written before and loses what follows" }
        return DevClusterFailure("\(path) \(what) at byte \(offset); nothing was changed. Make a copy, then \(remedy).")
    }
}
