import Base

/// What ties a client to one of a cluster's endpoints.
public struct EndpointPersistence: Hashable, Sendable {
    /// A cookie of ours, or the value of a header that clients send.
    public enum Kind: String, Sendable, CaseIterable { case cookie, header }
    public var kind: Kind
    public var name: String
    /// How long a cookie counts from when it was issued; nil: as long as the client keeps it.
    public var absoluteTimeout: Duration?
    /// The client is told to keep the cookie for that long, also when it ends meanwhile (GEP-1619: `Permanent`).
    public var isPermanent: Bool

    public init(kind: Kind, name: String, absoluteTimeout: Duration? = nil, isPermanent: Bool = false) {
        self.kind = kind
        self.name = name
        self.absoluteTimeout = absoluteTimeout
        self.isPermanent = isPermanent
    }
}

/// How a cluster's endpoints are told apart by clients that are tied to them.
public struct ClusterSessions: Hashable, Sendable {
    /// What tokens of endpoints are made with, so that they say nothing of addresses: the same in every replica, and known to no client.
    public struct Salt: Hashable, Sendable {
        public var high: UInt64
        public var low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        /// Made of something that is not known outside, such as a Service's UID.
        public init(of secret: String) {
            func half(_ number: UInt64) -> UInt64 {
                var hash = SipHash(0x6d61_7274_6c65_7400, number)
                for byte in secret.utf8 { hash.add(byte) }
                return hash.finish()
            }
            self.init(high: half(0), low: half(1))
        }

        /// 32 hexadecimal digits.
        var word: String { Hexadecimal.text(high) + Hexadecimal.text(low) }

        init?(word: String) {
            guard word.utf8.count == 32, let high = UInt64(word.prefix(16), radix: 16),
                let low = UInt64(word.suffix(16), radix: 16)
            else { return nil }
            self.init(high: high, low: low)
        }
    }

    public var salt: Salt
    /// Where the rule says nothing of its own; nil: nothing ties a client then.
    public var persistence: EndpointPersistence?

    public init(salt: Salt, persistence: EndpointPersistence? = nil) {
        self.salt = salt
        self.persistence = persistence
    }
}
