/// How a cluster's endpoints are asked whether they are well, beside the requests that they get.
public struct HealthCheck: Hashable, Sendable {
    public enum Question: Hashable, Sendable {
        /// GET of a path: well with a status from 200 to 399, as for the kubelet.
        case http(path: String)
        /// A connection: well when it is accepted.
        case tcp
        /// `grpc.health.v1.Health/Check` of a service, the whole server when it is empty: well when it serves.
        case grpc(service: String)
    }

    public var question: Question
    public var interval: Duration
    /// Most that one answer may take; no longer than the interval.
    public var timeout: Duration
    /// Failures in a row that make an endpoint unhealthy, and successes in a row that make it healthy again.
    public var failures: Int
    public var successes: Int

    public static let usualInterval = Duration.seconds(5)
    public static let usualTimeout = Duration.seconds(2)

    public init(
        _ question: Question, interval: Duration = usualInterval, timeout: Duration = usualTimeout, failures: Int = 3,
        successes: Int = 2
    ) {
        self.question = question
        self.interval = interval
        self.timeout = timeout
        self.failures = failures
        self.successes = successes
    }
}
