import CLinux

/// A directory of files that must outlive a crash, held by one process at a time.
///
/// Names are single path components. Everything blocks; nothing is durable before it was synced (fsync(2)): a file's bytes by
/// `DurableFile.sync`, the existence and names of files by `syncNames`.
public final class DurableDirectory: Sendable {
    public let path: String
    private let descriptor: Int32
    private let lock: DurableFile

    public enum Failure: Error, Sendable {
        case system(SystemError)
        /// Another process has the directory; its id, where it could be read.
        case taken(processID: String)
    }

    private static let lockName = "lock"

    /// Opens an existing directory and keeps others out of it until this object or the process ends (flock(2)).
    ///
    /// - Parameter owner: written into the lock file for whoever finds the directory taken.
    public init(path: String, owner: String) throws(Failure) {
        self.path = path
        do throws(SystemError) {
            let result = unsafe path.withCString { unsafe martlet_open_directory($0) }
            guard result >= 0 else { throw SystemError(result, "opening the directory \(path)") }
            let descriptor = Int32(truncatingIfNeeded: result)
            self.descriptor = descriptor
            lock = try DurableFile.open(in: descriptor, path, Self.lockName, create: true)
        } catch { throw .system(error) }
        try Self.take(lock, owner)
    }

    deinit { _ = martlet_close(descriptor) }

    private static func take(_ lock: DurableFile, _ owner: String) throws(Failure) {
        guard lock.take() else {
            let found = (try? lock.read()).map { String(decoding: $0, as: UTF8.self) } ?? ""
            throw .taken(processID: found)
        }
        // Only a help for people: without it the lock holds as well.
        try? lock.truncate(to: 0)
        try? lock.append(Array(owner.utf8))
    }

    /// The file of this name; nil when there is none and none shall be made.
    public func file(_ name: String, create: Bool) throws(SystemError) -> DurableFile? {
        do {
            return try DurableFile.open(in: descriptor, path, name, create: create)
        } catch  where error.isNotFound && !create {
            return nil
        }
    }

    /// Puts one file in the place of another, in one step for whoever looks.
    public func rename(_ name: String, to other: String) throws(SystemError) {
        let result = unsafe name.withCString { from in
            unsafe other.withCString { to in unsafe martlet_rename_at(descriptor, from, to) }
        }
        guard result >= 0 else { throw SystemError(result, "renaming \(path)/\(name) to \(other)") }
    }

    /// Removes a file; none is as good.
    public func remove(_ name: String) throws(SystemError) {
        let result = unsafe name.withCString { unsafe martlet_remove_at(descriptor, $0) }
        guard result >= 0 || result == -Int(ENOENT) else { throw SystemError(result, "removing \(path)/\(name)") }
    }

    /// Makes the names durable: files made, renamed and removed before.
    public func syncNames() throws(SystemError) {
        let result = martlet_sync(descriptor)
        guard result >= 0 else { throw SystemError(result, "syncing the directory \(path)") }
    }
}

extension SystemError {
    public var isNotFound: Bool { errorNumber == ENOENT }
    /// The disk or the user's share of it is full.
    public var isFull: Bool { errorNumber == ENOSPC || errorNumber == EDQUOT }
}
