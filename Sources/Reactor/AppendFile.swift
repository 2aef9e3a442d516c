import CLinux

/// A file to which one thread appends: a log. Results are values, because a full disk must not end anything.
@safe public struct AppendFile: ~Copyable {
    private let descriptor: Int32

    /// Opens the file, or makes it, for everybody to read.
    public init(path: String) throws(SystemError) {
        let result = unsafe path.withCString { unsafe martlet_open_append($0) }
        guard result >= 0 else { throw SystemError(result, "opening \(path)") }
        descriptor = Int32(truncatingIfNeeded: result)
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    public static var standardOutput: AppendFile { AppendFile(descriptor: 1) }

    deinit { if descriptor > 2 { _ = martlet_close(descriptor) } }

    /// Writes as much as the system takes at once. - Returns: the number of bytes, or a negated errno value.
    ///
    /// A standard output that its reader left full is waited for, `patience` milliseconds at most; then nothing was written.
    public func write(_ bytes: UnsafeRawBufferPointer, patience: Int32 = 1000) -> Int {
        while true {
            // A pipe that is writable takes 4096 bytes without blocking (PIPE_BUF, pipe(7)).
            if descriptor <= 2, cblocking_wait(descriptor, 1, -1, patience) <= 0 { return 0 }
            let count = descriptor <= 2 ? min(bytes.count, 4096) : bytes.count
            let result = unsafe martlet_write(descriptor, bytes.baseAddress, count)
            if martlet_is_again(result) == 0 { return result }
        }
    }
}
