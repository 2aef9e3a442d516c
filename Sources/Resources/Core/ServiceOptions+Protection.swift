import Documents

// What a Service is protected by.
extension ServiceOptions {
    /// `martlet.dev/max-…`, `martlet.dev/breaker…`, `martlet.dev/panic-threshold`; nil where the default holds.
    public struct Protection: Equatable, Sendable {
        public var maxConnections: Int?
        public var maxPendingRequests: Int?
        public var maxRequests: Int?
        public var maxRetries: Int?
        /// In hundredths of a percent, as is the threshold.
        public var breaker: Int?
        public var breakerMinRequests: Int?
        public var breakerOpen: Duration?
        public var panicThreshold: Int?

        public init() {}

        /// - Parameter isFailureKnown: whether anything counts as a failure of an endpoint.
        init(_ annotations: [String: String], isFailureKnown: Bool, _ problems: inout FieldProblems) {
            maxConnections = number(.maxConnections, upTo: 1_000_000, annotations, &problems)
            maxPendingRequests = number(.maxPendingRequests, from: 0, upTo: 1_000_000, annotations, &problems)
            maxRequests = number(.maxRequests, upTo: 1_000_000, annotations, &problems)
            maxRetries = number(.maxRetries, from: 0, upTo: 1_000_000, annotations, &problems)
            breaker = Self.share(.breaker, annotations, &problems)
            breakerMinRequests = number(.breakerMinRequests, upTo: 1000, annotations, &problems)
            breakerOpen = Self.open(annotations, &problems)
            panicThreshold = Self.share(.panicThreshold, annotations, &problems)
            reportIdle(annotations, isFailureKnown: isFailureKnown, &problems)
        }

        /// What says nothing without another annotation.
        private func reportIdle(_ annotations: [String: String], isFailureKnown: Bool, _ problems: inout FieldProblems) {
            let companions: [(ServiceAnnotation, ServiceAnnotation)] = [
                (.maxPendingRequests, .maxConnections), (.breakerMinRequests, .breaker), (.breakerOpen, .breaker),
            ]
            for (annotation, other) in companions
            where annotations[annotation.rawValue] != nil && annotations[other.rawValue] == nil {
                warn(annotation, without: other.rawValue, &problems)
            }
            if breaker != nil && !isFailureKnown {
                problems.report(
                    FieldProblem(
                        .warning, .invalidValue, ServiceAnnotation.breaker.path,
                        "This has no effect with \(ServiceAnnotation.outlierDetection.rawValue): off, where nothing is a failure; write failures, gateway or 5xx there."
                    ))
            }
        }

        /// `50%`, `12.5%`, `50`
        private static func share(
            _ annotation: ServiceAnnotation, _ annotations: [String: String], _ problems: inout FieldProblems
        ) -> Int? {
            guard let text = annotations[annotation.rawValue] else { return nil }
            let share = Percentage(text.hasSuffix("%") ? String(text.dropLast()) : text)?.hundredths ?? 0
            if share > 0 { return share }
            problems.invalid(
                annotation.path,
                "'\(text)' is no percentage above 0 and up to 100 with at most two decimals; write one such as 50%.")
            return nil
        }

        private static func open(_ annotations: [String: String], _ problems: inout FieldProblems) -> Duration? {
            guard let text = annotations[ServiceAnnotation.breakerOpen.rawValue] else { return nil }
            if let duration = Scalars.duration(text), duration >= .seconds(1), duration <= .seconds(60) { return duration }
            problems.invalid(
                ServiceAnnotation.breakerOpen.path, "'\(text)' is no duration from 1s to 1m; write one such as 5s.")
            return nil
        }
    }
}
