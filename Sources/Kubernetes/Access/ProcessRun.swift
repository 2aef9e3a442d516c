import Base
import Foundation
import Glibc
import Synchronization

/// How a program ended, and what it printed.
struct ProcessResult: Sendable, Equatable {
    enum End: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        /// It took too long and was killed.
        case overdue
        /// It printed too much and was killed.
        case tooMuch
    }

    var end: End
    var output: [UInt8]
    /// The last of what came on standard error.
    var complaints: [UInt8]
}

/// One run of a program: no standard input, bounded in time and output.
struct ProcessRun: Sendable {
    var program: String
    var arguments: [String]
    var environment: [String: String]
    var time: Duration
    /// Bytes of standard output.
    var output: Int
    private static let complaintLimit = 1 << 10

    init(program: String, arguments: [String], environment: [String: String], time: Duration, output: Int) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.time = time
        self.output = output
    }

    /// Waits on a thread of its own: tasks share a few, which must not block.
    func result() async throws -> ProcessResult {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try run() }) }.start()
        }
    }

    private func run() throws -> ProcessResult {
        let deadline = ContinuousClock.now + time
        let process = Process()
        let (out, err) = (Pipe(), Pipe())
        let ended = DispatchSemaphore(value: 0)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = out
        process.standardError = err
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        // Foundation lets go of a process that has ended late or never, and of its pipes with it.
        defer { for pipe in [out, err] { try? pipe.fileHandleForReading.close() } }
        var result = ProcessResult(end: .exited(0), output: [], complaints: [])
        let early = read(out.fileHandleForReading.fileDescriptor, err.fileHandleForReading.fileDescriptor, deadline, &result)
        // What outlives its output is held to the same time.
        let isOver = early == nil && ended.wait(timeout: .now() + .milliseconds(deadline.millisecondsLeft)) == .success
        guard isOver else {
            let id = process.processIdentifier
            // With whatever it started, where it has a group of its own.
            kill(getpgid(id) == id ? -id : id, SIGKILL)
            _ = ended.wait(timeout: .now() + .seconds(5))
            result.end = early ?? .overdue
            return result
        }
        result.end =
            process.terminationReason == .exit
            ? .exited(process.terminationStatus) : .signalled(process.terminationStatus)
        return result
    }

    /// Collects until both ends are closed. A reason to end the program, when there is one.
    private func read(
        _ out: Int32, _ err: Int32, _ deadline: ContinuousClock.Instant, _ result: inout ProcessResult
    ) -> ProcessResult.End? {
        var open = [pollfd(fd: out, events: Int16(POLLIN), revents: 0), pollfd(fd: err, events: Int16(POLLIN), revents: 0)]
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while open.contains(where: { $0.fd >= 0 }) {
            let ready = unsafe poll(&open, nfds_t(open.count), Int32(clamping: deadline.millisecondsLeft))
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return .overdue }
            for index in open.indices where open[index].fd >= 0 && open[index].revents != 0 {
                let count = unsafe Glibc.read(open[index].fd, &buffer, buffer.count)
                guard count > 0 else {
                    // poll passes over negative descriptors.
                    open[index].fd = -1
                    continue
                }
                if index == 0 {
                    result.output += buffer[..<count]
                    if result.output.count > output { return .tooMuch }
                } else {
                    result.complaints = Array((result.complaints + buffer[..<count]).suffix(Self.complaintLimit))
                }
            }
        }
        return nil
    }
}

extension ContinuousClock.Instant {
    /// Rounded up, so that nobody wakes before the time.
    fileprivate var millisecondsLeft: Int { ContinuousClock.now.duration(to: self).wholeMilliseconds + 1 }
}
