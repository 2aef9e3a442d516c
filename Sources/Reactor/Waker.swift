import CLinux

/// Ends another thread's wait. Any thread may use it, any number of times.
public final class Waker: Sendable {
    let descriptor: Int32

    public init() throws(SystemError) {
        let result = martlet_eventfd()
        guard result >= 0 else { throw SystemError(result, "eventfd") }
        descriptor = Int32(truncatingIfNeeded: result)
    }

    deinit { _ = martlet_close(descriptor) }

    public func wake() { martlet_eventfd_raise(descriptor) }
}
