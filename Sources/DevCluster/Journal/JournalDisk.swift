public import Reactor
import Synchronization

/// What the journal needs of a disk. Tests have one that fails, tears and forgets.
///
/// Nothing is durable before its sync: bytes of a file by `sync`, names by `syncNames`.
public protocol JournalDisk: Sendable {
    /// Where it is, for messages.
    var path: String { get }
    /// A file's bytes; nil when there is none.
    func read(_ name: String) throws(SystemError) -> [UInt8]?
    /// Appends to a file, which is made when there is none. After an error a part may be written.
    func append(_ bytes: [UInt8], to name: String) throws(SystemError)
    func truncate(_ name: String, to length: Int) throws(SystemError)
    func sync(_ name: String) throws(SystemError)
    func rename(_ name: String, to other: String) throws(SystemError)
    func remove(_ name: String) throws(SystemError)
    func syncNames() throws(SystemError)
}

/// A directory of the file system that no other process may use meanwhile.
public final class DirectoryDisk: JournalDisk {
    private let directory: DurableDirectory
    /// Kept open: what went wrong with a file's bytes is told to those who had it open then (fsync(2)).
    private let files = Mutex<[String: DurableFile]>([:])

    public var path: String { directory.path }

    /// - Throws: when the directory is not there or another process has it.
    public init(path: String, owner: String) throws(DevClusterFailure) {
        do throws(DurableDirectory.Failure) {
            directory = try DurableDirectory(path: path, owner: owner)
        } catch {
            switch error {
            case .system(let error):
                throw DevClusterFailure("the state directory cannot be used: \(error); check who may write there")
            case .taken(let process):
                let who = process.isEmpty ? "another process" : "another process (\(process))"
                throw DevClusterFailure("the state directory \(path) is in use by \(who); end it or name another directory")
            }
        }
    }

    public func read(_ name: String) throws(SystemError) -> [UInt8]? { try file(name, create: false)?.read() }
    public func append(_ bytes: [UInt8], to name: String) throws(SystemError) { try file(name, create: true)?.append(bytes) }
    public func truncate(_ name: String, to length: Int) throws(SystemError) {
        try file(name, create: true)?.truncate(to: length)
    }
    public func sync(_ name: String) throws(SystemError) { try file(name, create: true)?.sync() }

    public func rename(_ name: String, to other: String) throws(SystemError) {
        try directory.rename(name, to: other)
        files.withLock { files in
            files[other] = files.removeValue(forKey: name)
            files[other]?.hasMoved(to: "\(path)/\(other)")
        }
    }

    public func remove(_ name: String) throws(SystemError) {
        files.withLock { _ = $0.removeValue(forKey: name) }
        try directory.remove(name)
    }

    public func syncNames() throws(SystemError) { try directory.syncNames() }

    private func file(_ name: String, create: Bool) throws(SystemError) -> DurableFile? {
        if let open = files.withLock({ $0[name] }) { return open }
        let file = try directory.file(name, create: create)
        files.withLock { $0[name] = file }
        return file
    }
}
