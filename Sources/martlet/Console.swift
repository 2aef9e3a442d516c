import Foundation

/// Standard output for data, standard error for everything that is said about it.
enum Console {
    /// Says something about the work, on standard error.
    static func say(_ line: String) { write(line + "\n", to: .standardError) }

    /// What is wrong, on standard error, with the program's name unless the message starts with its own.
    static func complain(_ message: String) {
        let named = message.hasPrefix("Error:") || message.hasPrefix("martlet:")
        say(named ? message : "martlet: \(message)")
    }

    /// Data, on standard output. A reader that left early (a closed pipe) is no error of ours.
    static func write(_ text: String, to handle: FileHandle = .standardOutput) {
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// Ends the process. A message of success is data, any other a complaint.
    static func finish(_ message: String, _ status: ExitStatus) -> Never {
        if !message.isEmpty {
            if status == .fine { write(message + "\n") } else { complain(message) }
        }
        exit(status.rawValue)
    }
}
