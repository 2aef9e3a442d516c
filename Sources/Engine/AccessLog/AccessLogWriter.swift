import Reactor
import Synchronization
import Telemetry

/// Takes lines out of the rings and writes them in large pieces. While lines come it looks by itself; when none came for a while it
/// sleeps until a worker calls.
@safe final class AccessLogWriter: @unchecked Sendable {
    // Unchecked: `file` and what follows it belong to the one thread in `run`; the rest is atomic or constant.
    private let target: AccessLogTarget
    private let buffers: [AccessLogBuffer]
    private let bell: Bell
    private let log: LogSink
    private let stopping = Atomic<Bool>(false)
    private let reopening = Atomic<Bool>(false)
    private let lostLines = Atomic<UInt64>(0)

    private var file: AppendFile
    private var isFailing = false
    private var lastWritten = lineEnd
    /// A piece was dropped that ended within a line: the next one begins with the rest of it.
    private var skipsToLineEnd = false
    private static let lineEnd: UInt8 = 10

    /// Milliseconds between looks, quiet looks before sleeping, and the longest sleep.
    private static let interval = 20
    private static let quietLooks = 25
    private static let longestSleep = 1000
    /// Milliseconds after which a standard output that takes nothing makes us look whether we shall stop.
    private static let patience: Int32 = 200

    init(_ target: AccessLogTarget, _ buffers: [AccessLogBuffer], _ bell: Bell, _ log: @escaping LogSink) throws(SystemError) {
        self.target = target
        self.buffers = buffers
        self.bell = bell
        self.log = log
        file = try Self.open(target)
        setClock()
    }

    private static func open(_ target: AccessLogTarget) throws(SystemError) -> AppendFile {
        if case .file(let path) = target { return try AppendFile(path: path) }
        return .standardOutput
    }

    // MARK: Any thread

    var lost: UInt64 { lostLines.load(ordering: .relaxed) }

    func stop() {
        stopping.store(true, ordering: .releasing)
        bell.ring()
    }

    func reopen() {
        reopening.store(true, ordering: .releasing)
        bell.ring()
    }

    // MARK: The writer's thread

    func run() {
        var quiet = 0
        while true {
            let isLast = stopping.load(ordering: .acquiring)
            for buffer in buffers { buffer.setAttention(AccessLogBuffer.Attention.polls) }
            if reopening.exchange(false, ordering: .acquiring) { reopenFile() }
            setClock()
            let wrote = drain()
            if isLast { return }
            quiet = wrote ? 0 : quiet + 1
            wait(sleeps: quiet > Self.quietLooks)
        }
    }

    private func drain() -> Bool {
        var wrote = false
        for buffer in buffers {
            unsafe buffer.drain { bytes in
                wrote = true
                unsafe write(bytes)
            }
        }
        return wrote
    }

    private func wait(sleeps: Bool) {
        if sleeps {
            for buffer in buffers { buffer.setAttention(AccessLogBuffer.Attention.sleeps) }
            // What came before a worker could see that we sleep.
            guard buffers.allSatisfy(\.isEmpty) else { return }
        }
        if bell.wait(milliseconds: sleeps ? Self.longestSleep : Self.interval) { bell.silence() }
    }

    /// Tells the workers how far the wall clock is from the monotonic one; looked at often because the wall clock is corrected.
    private func setClock() {
        let offset = Machine.wallNanoseconds &- Machine.monotonicNanoseconds
        for buffer in buffers { buffer.setWallOffset(offset) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        var rest = unsafe bytes[...]
        if skipsToLineEnd, let end = unsafe rest.firstIndex(of: Self.lineEnd) {
            unsafe rest = rest[(end + 1)...]
            skipsToLineEnd = false
            lostLines.wrappingAdd(1, ordering: .relaxed)
        }
        if isFailing, lastWritten != Self.lineEnd, !endLine() { return unsafe fail(rest, 0) }
        while unsafe !rest.isEmpty {
            let result = unsafe writeSome(UnsafeRawBufferPointer(rebasing: rest))
            guard result > 0 else { return unsafe fail(rest, result) }
            unsafe lastWritten = rest[rest.startIndex + result - 1]
            unsafe rest = rest.dropFirst(result)
            recovered()
        }
    }

    /// Waits for a reader of standard output as long as nobody stops us.
    private func writeSome(_ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            let result = unsafe file.write(bytes, patience: Self.patience)
            if result != 0 || stopping.load(ordering: .relaxed) { return result }
        }
    }

    /// A line that a failure cut is ended, so that the next one stands by itself.
    private func endLine() -> Bool {
        var byte = Self.lineEnd
        guard unsafe withUnsafeBytes(of: &byte, { unsafe writeSome($0) }) == 1 else { return false }
        lastWritten = Self.lineEnd
        return true
    }

    private func fail(_ rest: Slice<UnsafeRawBufferPointer>, _ result: Int) {
        let lines = unsafe rest.reduce(into: UInt64(0)) { if $1 == Self.lineEnd { $0 += 1 } }
        lostLines.wrappingAdd(lines, ordering: .relaxed)
        if let last = unsafe rest.last { skipsToLineEnd = last != Self.lineEnd }
        guard !isFailing else { return }
        isFailing = true
        let reason = result < 0 ? SystemError.text(Int32(truncatingIfNeeded: -result)) : "nobody reads it"
        log(LogEvent(.warning, "access log cannot be written, its lines are dropped", ["error": reason]))
    }

    private func recovered() {
        guard isFailing else { return }
        isFailing = false
        log(LogEvent(.info, "access log is written again", ["lost": "\(lost)"]))
    }

    private func reopenFile() {
        do { file = try Self.open(target) } catch {
            log(LogEvent(.warning, "access log cannot be reopened, the old file is used on", ["error": "\(error)"]))
        }
    }
}
