import CLinux

/// Tells that something in the watched folders changed (inotify), without saying what: the reader looks at all of it anyway.
///
/// A folder is watched by itself; its user adds the folders in it. One thread waits, any thread may stop it.
@safe public final class FolderWatch: Sendable {
    private let descriptor: Int32
    private let stopping: Waker

    public init() throws(SystemError) {
        stopping = try Waker()
        let result = martlet_inotify()
        guard result >= 0 else { throw SystemError(result, "inotify_init") }
        descriptor = Int32(truncatingIfNeeded: result)
    }

    deinit { _ = martlet_close(descriptor) }

    /// Watches a folder, or one file. Adding it again changes nothing.
    public func add(_ path: String) throws(SystemError) {
        let result = unsafe path.withCString { unsafe martlet_inotify_add(descriptor, $0) }
        guard result >= 0 else { throw SystemError(result, "watching \(path)") }
    }

    /// Ends the wait under way and all later ones.
    public func stop() { stopping.wake() }

    public enum Outcome: Sendable { case changed, quiet, stopped }

    /// Waits until something changes and then until nothing has changed for `settle` milliseconds, so that files that are written
    /// together are read together. Never longer than `atMost` after the first change.
    public func wait(settle: Int32 = 20, atMost: Int32 = 500) -> Outcome {
        guard case .changed = wait(milliseconds: -1) else { return .stopped }
        var waited: Int32 = 0
        while waited < atMost {
            switch wait(milliseconds: settle) {
            case .quiet: return .changed
            case .stopped: return .stopped
            case .changed: waited += settle
            }
        }
        return .changed
    }

    /// One wait; a negative time is forever. What changed is read away.
    public func wait(milliseconds: Int32) -> Outcome {
        while true {
            switch martlet_wait_readable(descriptor, stopping.descriptor, milliseconds) {
            case 2: return .stopped
            case 1:
                unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                    _ = unsafe martlet_read(descriptor, buffer.baseAddress, buffer.count)
                }
                return .changed
            default: if milliseconds >= 0 { return .quiet }
            }
        }
    }
}
