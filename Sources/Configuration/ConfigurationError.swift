/// Why options cannot be used: where it was written, what is wrong, and the remedy.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// Written in the file, rather than on the command line or in the environment.
    public let isOfFile: Bool

    init(_ description: String, isOfFile: Bool = false) {
        self.description = description
        self.isOfFile = isOfFile
    }
}
