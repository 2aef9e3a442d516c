public import Telemetry

/// How another replica stands.
public struct PeerFigures: Sendable, Equatable {
    public enum State: String, Sendable, CaseIterable {
        /// It answers, and requests may be sent to it.
        case serving
        /// It answers that it is not ready: it drains.
        case leaving
        /// It was not heard yet.
        case unasked
        /// No answer for ten seconds.
        case silent
    }

    public var place: PeerPlace
    public var state: State
    /// What it said last.
    public var report: ReplicaReport?
    /// Why it could not be asked the last time; empty when it could.
    public var problem: String
}

/// How the replicas know one another, for pages.
public struct PeersFigures: Sendable, Equatable {
    /// Only who leads asks the others.
    public var isLeading = false
    public var peers: [PeerFigures] = []
    /// Whether it is known who they are.
    public var isKnown = false
    /// What is said of this replica.
    public var own: ReplicaReport
    /// Until when the identity is valid, in seconds since 1970; nil without one.
    public var identityUntil: Int64?

    /// Appends families to a page of metrics.
    public func write(to page: inout Exposition) {
        page.family("martlet_peers", .gauge, help: "Other replicas, as the leader knows them.")
        for state in PeerFigures.State.allCases {
            page.sample([("state", state.rawValue)], peers.count { $0.state == state })
        }
        page.family(
            "martlet_peer_identity_expiry_timestamp_seconds", .gauge,
            help: "Until when the certificate of the replicas is valid, in Unix time; 0 without one.")
        page.sample([], Double(identityUntil ?? 0))
    }
}
