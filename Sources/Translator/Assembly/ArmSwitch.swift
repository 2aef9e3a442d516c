import Documents
import Graph
import Resources

/// An active arm that is obeyed as long as it has a ready endpoint.
struct ArmSwitch: Sendable, Equatable {
    let arm: String
    /// Where its requests may go.
    let clusters: [ClusterID]
    /// Where it was written.
    let field: FieldPath

    /// The condition of Routes that have one.
    static let condition = "ActiveArmReady"
    static let reason = "ArmNotReady"

    /// What there is to say about it; nil when it is obeyed.
    ///
    /// - Parameter isServed: whether requests for a cluster find a ready endpoint.
    func diagnostic(of origin: Origin, isServed: (ClusterID) -> Bool) -> Diagnostic? {
        guard !clusters.contains(where: isServed) else { return nil }
        let services = Set(clusters.compactMap { ClusterReference($0)?.service.description }).sorted()
        let remedy =
            services.isEmpty
            ? "give it a backend that exists"
            : "make pods of Service \(Wording.list(services, last: "or")) ready, or set force: true to switch all the same"
        return origin.diagnostic(
            .warning, field, condition: Self.condition, reason: Self.reason,
            "Arm '\(arm)' has no ready endpoint, so the switch waits and the other arms serve; \(remedy).")
    }
}
