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
    /// Who writes, as `metadata.managedFields` will say.
    public var manager: String

    public init(fieldValidation: FieldValidation = .ignore, isDryRun: Bool = false, manager: String = "martlet-dev") {
        self.fieldValidation = fieldValidation
        self.isDryRun = isDryRun
        self.manager = manager
    }
}

/// What a write is aimed at.
public enum Subresource: String, Sendable {
    /// The object without its status, when it has a status subresource.
    case object
    /// Nothing but the status.
    case status
    /// The object's number of replicas, which is written as a part of the object.
    case scale
}

/// The outcome of a write.
public struct Written: Sendable {
    /// In the version that was asked for.
    public var object: Value
    public var warnings: [String] = []
}
