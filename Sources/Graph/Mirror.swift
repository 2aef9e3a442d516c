/// Where copies of a rule's requests go. Nobody waits for their answers, and nobody gets them.
public struct Mirror: Equatable, Sendable {
    /// How many of the requests are copied: a percentage, or any fraction (Gateway API, HTTPRequestMirrorFilter).
    public struct Share: Hashable, Sendable {
        public var numerator: Int
        /// Above zero.
        public var denominator: Int

        public init(_ numerator: Int, of denominator: Int) {
            self.numerator = numerator
            self.denominator = denominator
        }

        /// Hundredths of a percent: 10,000 is every request.
        public init(hundredths: Int) { self.init(hundredths, of: 10_000) }
    }

    /// What of the two answers is compared.
    public struct Comparison: Hashable, Sendable {
        public var status = false
        /// How much longer the copy's answer took; measured, and no difference by itself.
        public var latency = false
        /// A digest of the body.
        public var body = false
        /// Names of fields, lower case.
        public var headers: [String] = []

        public init(status: Bool = false, latency: Bool = false, body: Bool = false, headers: [String] = []) {
            self.status = status
            self.latency = latency
            self.body = body
            self.headers = headers
        }

        public var isEmpty: Bool { self == Comparison() }
    }

    /// Most header fields that are compared.
    public static let maximumHeaders = 16

    public var cluster: ClusterID
    public var share: Share
    /// From the copy's beginning to the end of its answer; nil: the proxy's default.
    public var timeout: Duration?
    public var comparison: Comparison

    public init(
        cluster: ClusterID, share: Share = Share(hundredths: 10_000), timeout: Duration? = nil,
        comparison: Comparison = Comparison()
    ) {
        self.cluster = cluster
        self.share = share
        self.timeout = timeout
        self.comparison = comparison
    }
}
