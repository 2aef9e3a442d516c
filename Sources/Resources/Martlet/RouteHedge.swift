public import Documents

/// A second endpoint is asked while the first one has not answered yet.
public struct RouteHedge: Equatable, Sendable {
    /// The shortest that can be said where none is, which is a mistake of its own.
    public var after = Duration.milliseconds(1)
    public var maxPercent: Int?
    public init() {}

    private static let atOnce =
        "A hedge needs some time before it begins, or every request is sent twice; write one above 0s, such as 50ms."

    public static let shape = Shape<RouteHedge>.object(
        "RouteHedge", RouteHedge(),
        [
            Field(
                "after", \.after, .duration, required: true,
                "Time from a try's beginning after which a second endpoint is asked as well; the first answer that is no failure counts."
            ),
            Field(
                "maxPercent", \.maxPercent, .integer(1...100), "Hedges may be at most this share of requests. 10 when absent."),
        ],
        check: { hedge, path, problems in
            if hedge.after == .zero { problems.invalid(path["after"], atOnce) }
        }
    )
    .rule("duration(self.after) > duration('0s')", atOnce)
}
