import CLinux

/// Threads for code that blocks, which Swift's own pool must never be given.
public enum SystemThread {
    /// Starts a detached thread; false when the system has none to give.
    ///
    /// - Parameter name: at most 15 bytes are kept; shown by `top -H` and debuggers.
    @discardableResult
    public static func start(_ name: String, stackBytes: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) -> Bool {
        let box = unsafe Unmanaged.passRetained(Body(name: String(decoding: name.utf8.prefix(15), as: UTF8.self), run: body))
        let answer = unsafe cblocking_start_thread(
            stackBytes,
            { argument in
                // The reference passed in below is taken over exactly once, here.
                if let argument = unsafe argument { unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().begin() }
                return nil
            }, box.toOpaque())
        if answer != 0 { unsafe box.release() }
        return answer == 0
    }

    private final class Body: Sendable {
        private let name: String
        private let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }

        func begin() {
            unsafe cblocking_name_this_thread(name)
            run()
        }
    }
}

/// The two clocks, for the control column's callers that pass time on as values.
public enum SystemClock {
    /// Never jumps; only differences mean anything.
    public static var monotonicNanoseconds: UInt64 { cblocking_monotonic_nanoseconds() }
    /// Since 1970 UTC; jumps when the administrator or NTP says so.
    public static var unixNanoseconds: UInt64 { cblocking_unix_nanoseconds() }
}
