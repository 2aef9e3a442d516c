import Foundation
import Glibc
import Synchronization

/// TCP ports of loopback that stay free until the test that took one listens there: connections to them are refused.
///
/// They lie below the ports that the system gives to sockets that ask for none. A port that was the system's a moment ago may be another
/// socket's by the time that a test counts on it.
public enum UnusedPort {
    private static let range = 26_000..<32_000
    /// Processes that test at the same time begin in different places.
    private static let taken = Mutex(Int(getpid()) * 101)

    public static func take() throws -> UInt16 {
        for _ in range {
            let count = taken.withLock { count in
                count += 1
                return count
            }
            let port = UInt16(range.lowerBound + count % range.count)
            guard let (descriptor, _) = try? LoopbackSocket.bind(SOCK_STREAM, port: port) else { continue }
            close(descriptor)
            return port
        }
        throw POSIXError(.EADDRINUSE)
    }
}
