import CLinux
import Synchronization

/// A file to which is only appended, whose owner says when its bytes must be on the disk. One thread at a time.
@safe public final class DurableFile: Sendable {
    private let descriptor: Int32
    private let path: Mutex<String>

    /// Takes over an open descriptor, and closes it in the end.
    ///
    /// - Parameter path: for messages.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = Mutex(path)
    }

    deinit { _ = martlet_close(descriptor) }

    static func open(in directory: Int32, _ path: String, _ name: String, create: Bool) throws(SystemError) -> DurableFile {
        let result = unsafe name.withCString { unsafe martlet_open_at(directory, $0, create ? 1 : 0) }
        guard result >= 0 else { throw SystemError(result, "opening \(path)/\(name)") }
        return DurableFile(descriptor: Int32(truncatingIfNeeded: result), path: "\(path)/\(name)")
    }

    /// Says where it is now, for messages: a file that was renamed stays open.
    public func hasMoved(to newPath: String) { path.withLock { $0 = newPath } }

    /// Takes the file's lock; false when another process has it.
    func take() -> Bool { martlet_lock(descriptor) >= 0 }

    public func length() throws(SystemError) -> Int { try check(martlet_length(descriptor), "measuring") }

    /// The whole file.
    public func read() throws(SystemError) -> [UInt8] {
        let length = try length()
        var bytes = [UInt8](repeating: 0, count: length)
        var done = 0
        while done < length {
            let result = unsafe bytes.withUnsafeMutableBytes {
                unsafe martlet_read_at(descriptor, $0.baseAddress?.advanced(by: done), length - done, Int64(done))
            }
            if martlet_is_again(result) != 0 { continue }
            let count = try check(result, "reading")
            guard count > 0 else { break }
            done += count
        }
        return Array(bytes.prefix(done))
    }

    /// Appends everything, or throws after a part of it.
    public func append(_ bytes: [UInt8]) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let result = unsafe bytes.withUnsafeBytes {
                unsafe martlet_write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done)
            }
            if martlet_is_again(result) == 0 { done += try check(result, "writing to") }
        }
    }

    public func truncate(to length: Int) throws(SystemError) {
        _ = try check(martlet_truncate(descriptor, Int64(length)), "truncating")
    }

    /// Returns when the bytes and the length are on the disk (fdatasync(2)).
    public func sync() throws(SystemError) { _ = try check(martlet_sync_data(descriptor), "syncing") }

    private func check(_ result: Int, _ action: String) throws(SystemError) -> Int {
        guard result >= 0 else { throw SystemError(result, "\(action) \(path.withLock { $0 })") }
        return result
    }
}
