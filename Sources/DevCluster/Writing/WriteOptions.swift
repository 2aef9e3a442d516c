public import Documents

/// How a write treats what a schema does not know (`?fieldValidation=`).
public enum FieldValidation: String, Sendable {
    case ignore = "Ignore"
    /// Unknown members are dropped and named in Warning headers.
    case warn = "Warn"
    /// Unknown members are refused.
    case strict = "Strict"
}

public struct WriteOptions: Sendable {
    public var fieldValidation = FieldValidation.ignore
    /// Everything is checked and nothing kept.
    public var isDryRun = false

    public init(fieldValidation: FieldValidation = .ignore, isDryRun: Bool = false) {
        self.fieldValidation = fieldValidation
        self.isDryRun = isDryRun
    }
}

/// What a write is aimed at.
public enum Subresource: Sendable {
    /// The object without its status, when it has a status subresource.
    case object
    /// Nothing but the status.
    case status
}

/// The outcome of a write.
public struct Written: Sendable {
    /// In the version that was asked for.
    public var object: Value
    public var warnings: [String] = []
}
