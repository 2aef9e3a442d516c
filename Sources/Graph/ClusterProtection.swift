/// What a cluster is protected by, besides the health of single endpoints. Nothing of it unless somebody asks for it.
public struct ClusterProtection: Hashable, Sendable {
    /// Most that a replica asks of a cluster at a time; nil where there is no bound. The words are those of Envoy's circuit breakers.
    public struct Limits: Hashable, Sendable {
        /// Connections to all of its endpoints, those at rest included.
        public var connections: Int?
        /// Requests that wait for a connection because `connections` is reached.
        public var pending: Int?
        /// Requests under way.
        public var requests: Int?
        /// Of them those that are not at their first try.
        public var retries: Int?

        /// Requests that wait where nothing is said, as in Envoy.
        public static let usualPending = 1024

        public init(connections: Int? = nil, pending: Int? = nil, requests: Int? = nil, retries: Int? = nil) {
            self.connections = connections
            self.pending = pending
            self.requests = requests
            self.retries = retries
        }
    }

    /// When a cluster gets no requests for a while because too large a share of them failed. What a failure is, `OutlierDetection` says.
    public struct Breaker: Hashable, Sendable {
        /// The share that opens it, in hundredths of a percent, 1 to 10,000.
        public var share: Int
        /// Tries within ten seconds without which nothing is said of their share.
        public var minimum: Int
        /// How long it is open the first time.
        public var open: Duration

        public static let usualMinimum = 20
        public static let usualOpen = Duration.seconds(5)

        public init(share: Int, minimum: Int = Breaker.usualMinimum, open: Duration = Breaker.usualOpen) {
            self.share = share
            self.minimum = minimum
            self.open = open
        }
    }

    public var limits: Limits
    public var breaker: Breaker?
    /// Which share of its ready endpoints has to be healthy for health to count, in hundredths of a percent; 0: it always does.
    public var panicThreshold: Int

    public init(limits: Limits = Limits(), breaker: Breaker? = nil, panicThreshold: Int = 0) {
        self.limits = limits
        self.breaker = breaker
        self.panicThreshold = panicThreshold
    }
}
