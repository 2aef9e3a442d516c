import CLinux

/// Facts about the machine and the process, and the clocks.
public enum Machine {
    /// Processors that this process may use: its affinity, bounded by the cgroup's quota rounded up.
    public static var processors: Int { Int(martlet_cpus()) }

    /// Bytes of memory that the process may use by its cgroup's limit; nil without one.
    public static var memoryLimit: Int? {
        let limit = martlet_memory_limit()
        return limit > 0 ? limit : nil
    }

    /// Nanoseconds of the monotonic clock.
    public static var monotonicNanoseconds: UInt64 { martlet_monotonic_ns() }

    /// Nanoseconds since 1970.
    public static var wallNanoseconds: UInt64 { martlet_wall_ns() }

    /// A number that nobody can guess, from the system.
    public static func seed() -> UInt64 {
        var system = SystemRandomNumberGenerator()
        return system.next()
    }

    /// All threads share one pool of memory. To be called before there are any.
    public static func saveMemory() { martlet_use_one_pool() }

    /// Gives memory that is free back to the system, if it is much. Takes milliseconds.
    public static func returnMemory() { martlet_return_memory() }

    /// A write to a connection that its peer closed shall fail, not end the process.
    public static func ignoreBrokenPipes() { martlet_ignore_sigpipe() }

    /// Lets the process open as many descriptors as it may. - Returns: that number.
    @discardableResult public static func raiseDescriptorLimit() -> Int { martlet_raise_descriptor_limit() }
}

/// A thread that runs `body` once and ends.
@safe public struct Thread: ~Copyable {
    private let id: pthread_t

    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// - Parameter name: shown by ps and debuggers; the first 15 bytes count.
    public init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let start = unsafe Unmanaged.passRetained(Start(body))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.body()
                return nil
            }, start.toOpaque())
        guard result == 0 else {
            unsafe start.release()
            throw SystemError(errorNumber: result, operation: "pthread_create")
        }
        id = thread
        unsafe String(name.prefix(15)).withCString { unsafe martlet_name_thread(thread, $0) }
    }

    /// Waits until the thread ended.
    public consuming func join() { _ = pthread_join(id, nil) }
}
