/// Why a command ends with something other than success; the raw value is the process's exit code, which scripts rely on.
enum ExitStatus: Int32 {
    case fine = 0
    /// The input was wrong, or the two sides of a comparison differ.
    case wrongInput = 1
    case usage = 2
    /// A cluster, an address or a file could not be reached.
    case unreachable = 3
    /// A drain ended with requests under way.
    case cut = 4
}

/// An error with the sentence that the user reads and the code that a script reads.
struct Failure: Error, CustomStringConvertible {
    var status: ExitStatus
    /// Empty when everything was said already.
    var description: String

    static func wrongInput(_ message: String = "") -> Failure { Failure(status: .wrongInput, description: message) }
    static func usage(_ message: String) -> Failure { Failure(status: .usage, description: message) }
    static func unreachable(_ message: String) -> Failure { Failure(status: .unreachable, description: message) }
}
