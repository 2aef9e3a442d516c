public import Documents

/// One kind of policy: a folder of `Sources/Policies` and a line in its catalog.
///
/// A policy declares its settings, decodes them from a document and makes the filter that enforces them. It does no I/O.
public protocol Policy: Sendable {
    /// The key in a Policy's spec, such as `rateLimit`.
    static var key: String { get }
    /// One sentence for the reference page.
    static var summary: String { get }

    /// Makes the filter for settings that a user wrote; nil when they are unusable, with findings that say why.
    static func makeFilter(_ settings: Value, _ findings: inout [PolicyFinding]) -> Filter?
}

/// What is wrong with a policy's settings.
public struct PolicyFinding: Equatable, Sendable {
    /// Path below the policy's key, such as `limits[0].window`.
    public var path: String
    /// A sentence with a remedy.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

/// The policies of this build, in request order.
public struct PolicyCatalog: Sendable {
    public let policies: [any Policy.Type]

    public init(_ policies: [any Policy.Type]) { self.policies = policies }

    public func policy(_ key: String) -> (any Policy.Type)? { policies.first { $0.key == key } }
}
