/// What somebody wants of a cycle under way: `<verb>@<revision>/<step>`.
///
/// Revision and step say which moment was meant, so that a command that comes late, or is applied again from a file, does nothing.
public struct RolloutCommand: Sendable, Equatable, CustomStringConvertible {
    public enum Verb: String, Sendable, CaseIterable {
        /// Leaves the step, whatever it waits for.
        case promote
        /// Stays where it is until it is promoted or aborted.
        case pause
        /// Everything goes to the stable arm.
        case abort
    }

    public var verb: Verb
    public var revision: String
    public var step: Int

    public init(_ verb: Verb, revision: String, step: Int) {
        self.verb = verb
        self.revision = revision
        self.step = step
    }

    /// nil when the text is none.
    public init?(_ text: String) {
        guard let at = text.firstIndex(of: "@"), let slash = text.lastIndex(of: "/"), at < slash,
            let verb = Verb(rawValue: String(text[..<at])), let step = Int(text[text.index(after: slash)...])
        else { return nil }
        self.init(verb, revision: String(text[text.index(after: at)..<slash]), step: step)
    }

    public var description: String { "\(verb.rawValue)@\(revision)/\(step)" }
}
