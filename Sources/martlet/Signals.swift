import Dispatch
import Foundation

/// The signals that end the process.
enum Signals {
    /// Blocks until SIGTERM or SIGINT comes. A second one ends the process at once.
    static func wait() {
        let arrived = DispatchSemaphore(value: 0)
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { arrived.signal() }
            source.resume()
            return source
        }
        arrived.wait()
        sources.forEach { $0.cancel() }
        for number in [SIGTERM, SIGINT] { signal(number, SIG_DFL) }
    }
}
