import Balancing
import Base
import Graph
import HTTP

/// How clients are tied to endpoints, of a rule or a cluster. Plain data.
struct EndpointTie: BitwiseCopyable {
    enum Kind: UInt8 { case none, cookie, header }
    var kind = Kind.none
    /// The client is told to keep the cookie for all of its lifetime.
    var isPermanent = false
    /// Seconds that a cookie counts; 0: as long as it is kept.
    var lifetime: UInt32 = 0
    /// Of the cookie, or of the header in lower case. A cluster's is valid in the turn of the loop in which it was read.
    var name = Rows<UInt8>.none

    init() {}

    init(_ persistence: EndpointPersistence, name: Rows<UInt8>) {
        kind = persistence.kind == .cookie ? .cookie : .header
        isPermanent = persistence.isPermanent
        lifetime = persistence.absoluteTimeout.map { UInt32(clamping: max(1, $0.components.seconds)) } ?? 0
        self.name = name
    }
}

/// What a cluster knows of ties: they are not remembered, they follow from what the client brings and from the endpoints that there are.
struct ClusterTies: Sendable {
    /// There is a token for each endpoint, since the cluster or a rule that leads to it ties clients.
    var hasTokens = false
    /// Of rules that say nothing themselves, but for the name.
    private var kind = EndpointTie.Kind.none
    private var isPermanent = false
    private var lifetime: UInt32 = 0
    private var salt = ClusterSessions.Salt(high: 0, low: 0)

    init() {}

    init(_ sessions: ClusterSessions?) {
        guard let sessions else { return }
        hasTokens = true
        salt = sessions.salt
        guard let persistence = sessions.persistence else { return }
        let tie = EndpointTie(persistence, name: .none)
        (kind, isPermanent, lifetime) = (tie.kind, tie.isPermanent, tie.lifetime)
    }

    /// What a client is told of an endpoint: the same in every worker and replica and after a restart, and without the salt nothing of the
    /// address can be learned from it. Never 0.
    func token(of address: IPAddress, _ port: UInt16) -> UInt64 {
        var hash = SipHash(salt.high, salt.low)
        hash.add(word: address.high)
        hash.add(word: address.low)
        hash.add(UInt8(truncatingIfNeeded: port))
        hash.add(UInt8(truncatingIfNeeded: port &>> 8))
        return SessionToken(ticket: hash.finish(), issued: 0).ticket
    }

    func tie(name: Rows<UInt8>) -> EndpointTie {
        var tie = EndpointTie()
        (tie.kind, tie.isPermanent, tie.lifetime, tie.name) = (kind, isPermanent, lifetime, name)
        return tie
    }
}

extension SessionToken {
    /// What a request's cookie says; nil when it has none that counts. Two cookies of the name are none: which of them is ours cannot be told.
    ///
    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - lifetime: in seconds; 0 for ever.
    init?(cookie name: borrowing Span<UInt8>, of head: borrowing RequestHead, at now: UInt32, lifetime: UInt32) {
        var cursor = CookieCursor()
        guard let place = cursor.next(name, in: head), cursor.next(name, in: head) == nil,
            let token = SessionToken(head.bytes.extracting(place)),
            token.isCurrent(at: now, lifetime: lifetime == 0 ? nil : lifetime)
        else { return nil }
        self = token
    }
}
