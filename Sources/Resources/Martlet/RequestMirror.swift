public import Documents

extension RouteFilter {
    /// Gateway API's HTTPRequestMirrorFilter, with a time of its own and a comparison of the two answers.
    public struct RequestMirror: Equatable, Sendable {
        public var backendRef = BackendRef()
        public var percent: Percentage?
        public var timeout: Duration?
        /// `status`, `latency`, `bodyDigest` or `header:NAME`.
        public var compare: [String] = []
        public init() {}
    }
}

extension RouteFilter.RequestMirror {
    /// What a header's name stands behind in `compare`.
    public static let headerMark = "header:"

    private static let compared = Shape<String>.string(
        "comparison", maxLength: 256, pattern: "^(status|latency|bodyDigest|header:[A-Za-z0-9!#$%&'*+\\-.^_`|~]+)$"
    ) { text in
        if ["status", "latency", "bodyDigest"].contains(text) { return nil }
        let isField = text.hasPrefix(headerMark) && ServiceOptions.isToken(text.dropFirst(headerMark.count))
        return isField
            ? nil : "'\(text)' cannot be compared; write status, latency, bodyDigest, or header: with a field's name behind it."
    }

    static let shape = Shape<Self>.object(
        "RequestMirror", Self(),
        [
            Field("backendRef", \.backendRef, BackendRef.shape, required: true, "Where copies go."),
            Field("percent", \.percent, .percentage, "Share of the requests that is copied; 100 when absent."),
            Field(
                "timeout", \.timeout, .duration,
                "From a copy's beginning to the end of its answer; then it is given up. 10s when absent."),
            Field(
                "compare", \.compare, .list(compared, max: 16),
                "What of the two answers is compared: status, latency, bodyDigest, or header:NAME for the field NAME."),
        ],
        check: { mirror, path, problems in
            if mirror.timeout == .zero { problems.invalid(path["timeout"], endless) }
        }
    )
    .rule("!has(self.timeout) || duration(self.timeout) > duration('0s')", endless)

    private static let endless = "A copy cannot wait for ever; write a timeout above 0s, or none for 10s."
}
