import Documents
import Foundation

extension ExecPlugin {
    /// How long a plugin may take, how much it may print, and how often it may run.
    struct Bounds: Sendable {
        var time: Duration = .seconds(60)
        /// Bytes.
        var output = 1 << 20
        /// Between two runs, whatever they led to.
        var pause: Duration = .seconds(5)
    }

    /// Runs the program and reads what it prints.
    func run(for access: ClusterAccess, bounds: Bounds = Bounds()) async throws(AccessError) -> ExecCredential {
        var environment = ProcessInfo.processInfo.environment
        environment.merge(self.environment) { $1 }
        environment["KUBERNETES_EXEC_INFO"] = try info(about: access).jsonText
        guard let program = Self.find(command, path: environment["PATH"] ?? "") else {
            let hint =
                installHint.isEmpty ? "" : " How to install it: \(installHint.trimmingCharacters(in: .whitespacesAndNewlines))"
            throw error("is not there, or may not be executed: install it, or correct the command.\(hint)")
        }
        let result: ProcessResult
        do {
            result = try await ProcessRun(
                program: program, arguments: arguments, environment: environment, time: bounds.time, output: bounds.output
            ).result()
        } catch {
            throw self.error(
                "could not be started: \(Self.reason(error)). Is it made for this machine, and is its interpreter there?")
        }
        switch result.end {
        case .exited(0): return try ExecCredential(result.output, of: self)
        case .exited(let code): throw error("failed with exit code \(code)\(complaint(result))")
        case .signalled(let signal): throw error("was ended by signal \(signal)\(complaint(result))")
        case .overdue:
            throw error(
                "took longer than \(bounds.time) and was ended; it may be waiting for input, which it does not get here\(complaint(result))"
            )
        case .tooMuch: throw error("printed more than \(bounds.output) bytes and was ended.")
        }
    }

    /// Foundation says what the system said in an error below its own.
    private static func reason(_ error: any Error) -> String {
        let below = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError ?? error as NSError
        guard below.domain == NSPOSIXErrorDomain, let code = POSIXErrorCode(rawValue: Int32(clamping: below.code)) else {
            return error.localizedDescription
        }
        return unsafe String(cString: strerror(code.rawValue))
    }

    private func complaint(_ result: ProcessResult) -> String {
        let said = String(decoding: result.complaints, as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: " ")
        return said.isEmpty ? "." : ": \(said)"
    }

    /// The program's path. Like the shell and Go, but only absolute directories of PATH count.
    static func find(_ command: String, path: String) -> String? {
        let candidates =
            command.contains("/")
            ? [command] : path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(command)" }
        return candidates.first { candidate in
            var isDirectory: ObjCBool = false
            let exists = unsafe FileManager.default.fileExists(atPath: candidate, isDirectory: &isDirectory)
            return exists && !isDirectory.boolValue && FileManager.default.isExecutableFile(atPath: candidate)
        }
    }
}
