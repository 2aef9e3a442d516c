public import Documents
public import Resources

/// What is wrong with one field of one object, and the remedy.
public struct Diagnostic: Sendable, Hashable {
    public enum Severity: String, Sendable, CaseIterable { case warning, error }

    public var severity: Severity
    public var subject: ObjectReference
    /// The field, from the object's root.
    public var path: FieldPath
    /// The status condition that it makes false (`Accepted`, `ResolvedRefs`); empty when it touches none.
    public var condition: String
    /// CamelCase, for conditions and Events: `BackendNotFound`.
    public var reason: String
    /// A sentence with a remedy.
    public var message: String
    /// Where the field was written, for objects from files; line 0 and no file for objects of a cluster.
    public var file: String
    public var line: Int

    public init(
        _ severity: Severity, _ subject: ObjectReference, path: FieldPath, condition: String = "", reason: String,
        message: String,
        file: String = "", line: Int = 0
    ) {
        self.severity = severity
        self.subject = subject
        self.path = path
        self.condition = condition
        self.reason = reason
        self.message = message
        self.file = file
        self.line = line
    }
}
