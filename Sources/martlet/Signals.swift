import Dispatch
import Foundation

/// The signals that end the process, and those that reopen its files.
enum Signals {
    /// Blocks until SIGTERM or SIGINT comes. A second one ends the process at once.
    static func wait() {
        let arrived = DispatchSemaphore(value: 0)
        let watch = Watch([SIGTERM, SIGINT]) { _ in arrived.signal() }
        arrived.wait()
        watch.stop()
    }

    /// Waits, without blocking a thread, until SIGTERM or SIGINT comes, and says which. Each SIGHUP and SIGUSR1 before that calls
    /// `reopen`; afterwards they are ignored, and a second SIGTERM or SIGINT ends the process at once.
    static func wait(reopen: @escaping @Sendable () -> Void) async -> String {
        let (arrivals, sink) = AsyncStream<Int32>.makeStream()
        let ending = Watch([SIGTERM, SIGINT]) { sink.yield($0) }
        let reopening = Watch([SIGHUP, SIGUSR1]) { _ in reopen() }
        var arrivedFirst = SIGTERM
        for await number in arrivals {
            arrivedFirst = number
            break
        }
        ending.stop()
        reopening.stop(leaving: SIG_IGN)
        return arrivedFirst == SIGTERM ? "SIGTERM" : "SIGINT"
    }

    private struct Watch {
        private let numbers: [Int32]
        private let sources: [any DispatchSourceSignal]

        init(_ numbers: [Int32], _ handler: @escaping @Sendable (Int32) -> Void) {
            self.numbers = numbers
            // The source takes the signal from its default action itself. Ignored before that, one that comes between would be lost, and
            // the process would go on for ever.
            sources = numbers.map { number in
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler { handler(number) }
                source.resume()
                return source
            }
        }

        func stop(leaving action: sighandler_t? = nil) {
            sources.forEach { $0.cancel() }
            for number in numbers { signal(number, action ?? SIG_DFL) }
        }
    }
}
