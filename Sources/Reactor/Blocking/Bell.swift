import CLinux

/// Interrupts a thread that waits on a blocking socket. Any thread may ring it, any number of times; it rings until silenced.
public final class Bell: Sendable {
    let descriptor: Int32

    public init() throws(SocketFailure) {
        descriptor = try SocketFailure.check(cblocking_bell(), "no bell could be made")
    }

    deinit { cblocking_close(descriptor) }

    public func ring() { cblocking_ring(descriptor) }

    /// Done by the woken thread before it looks at what it was woken for.
    public func silence() { cblocking_silence(descriptor) }

    /// Waits until it rings; false when the time was over first. Nil waits for ever.
    public func wait(milliseconds: Int?) -> Bool {
        cblocking_wait(-1, 0, descriptor, Int32(clamping: milliseconds ?? -1)) & 2 != 0
    }
}
