/// What a rule's clients are told of its end, and how they are led to notice. Times are whole seconds since 1970.
public struct Deprecation: Hashable, Sendable {
    /// A time in which a share of the requests is refused, so that whoever still calls finds out before the end.
    public struct BrownOut: Hashable, Sendable {
        public var from: Int64
        /// The first second that is none of it.
        public var to: Int64
        public var status: Int
        /// Hundredths of a percent.
        public var share: Int

        public init(from: Int64, to: Int64, status: Int = 503, share: Int = 10_000) {
            self.from = from
            self.to = to
            self.status = status
            self.share = share
        }
    }

    /// Since when it should not be used any more, or from when on (RFC 9745).
    public var since: Int64?
    /// When it is expected to end (RFC 8594).
    public var sunset: Int64?
    /// Where that is described.
    public var link: String?
    /// What is to be used instead.
    public var successor: String?
    /// After the sunset every request is answered 410.
    public var endsAtSunset: Bool
    public var brownOuts: [BrownOut]

    public init(
        since: Int64? = nil, sunset: Int64? = nil, link: String? = nil, successor: String? = nil, endsAtSunset: Bool = false,
        brownOuts: [BrownOut] = []
    ) {
        self.since = since
        self.sunset = sunset
        self.link = link
        self.successor = successor
        self.endsAtSunset = endsAtSunset
        self.brownOuts = brownOuts
    }
}
