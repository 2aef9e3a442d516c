import Reactor
import Synchronization
import Telemetry

/// The access log: a ring of bytes for each worker, and one thread that writes them out. No worker ever waits for it.
@safe final class AccessLog: Sendable {
    private let buffers: [AccessLogBuffer]
    private let writer: AccessLogWriter?
    private let finished: Bell
    /// How long `close` waits for the last lines, in milliseconds: a reader of standard output may be stuck.
    private static let longestClose = 3000

    /// Opens the file: a path that cannot be written is an error at once.
    init(
        target: AccessLogTarget, format: AccessLogFormat = .json, workers: Int, log: @escaping LogSink,
        ringCapacity: Int = 1 << 20
    ) throws(SystemError) {
        finished = try Self.bell()
        guard target != .none else {
            buffers = []
            writer = nil
            return
        }
        let bell = try Self.bell()
        let template = LogTemplateMemory(format)
        let buffers = (0..<workers).map { _ in AccessLogBuffer(capacity: ringCapacity, bell: bell, template: template) }
        let writer = try AccessLogWriter(target, buffers, bell, log)
        let finished = finished
        guard
            SystemThread.start(
                "access-log",
                {
                    writer.run()
                    finished.ring()
                })
        else { throw SystemError(errorNumber: 11, operation: "starting the access log's thread") }
        self.buffers = buffers
        self.writer = writer
    }

    private static func bell() throws(SystemError) -> Bell {
        do { return try Bell() } catch { throw SystemError(errorNumber: 24, operation: "access log: \(error)") }
    }

    /// A worker's end; valid while the log lives.
    func ring(worker: Int) -> AccessLogRing { buffers.isEmpty ? .none : buffers[worker].ring }

    /// Closes and opens the file, after it was rotated.
    func reopen() { writer?.reopen() }

    /// Writes what is there and ends. Lines that workers append later are lost.
    func close() {
        guard let writer else { return }
        writer.stop()
        _ = finished.wait(milliseconds: Self.longestClose)
    }

    /// Lines lost so far: no room in a ring, or the target refused them.
    var dropped: UInt64 { buffers.reduce(writer?.lost ?? 0) { $0 + $1.dropped } }
}
