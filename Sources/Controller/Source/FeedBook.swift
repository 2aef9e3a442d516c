import Kubernetes
import Telemetry

/// Keeps the state of a cluster's feeds, says when all that can be listed was listed, and what of their troubles is news.
///
/// A missing CRD and a forbidden kind hold nothing up: they count as listed, with no objects. An API server that cannot be reached
/// does, since to serve nothing would be worse than not to be ready. Pure.
struct FeedBook {
    private(set) var feeds: [FeedFigures]
    /// Feeds that were listed, or will not be.
    private var settled: Set<Int> = []
    /// Feeds that got no answer; the trouble is told once for all of them.
    private var unreachable: Set<Int> = []
    /// Feeds whose trouble may end with other credentials or another authority.
    private var distrustful: Set<Int> = []
    /// Once true, for ever: what is missing later is a change.
    private(set) var isComplete = false

    init(_ feeds: [FeedFigures]) { self.feeds = feeds }

    /// A feed got no answer, and no answer since.
    var isUnreachable: Bool { !unreachable.isEmpty }

    /// Somebody should look whether the kubeconfig says something new.
    var needsRenewal: Bool { !distrustful.isEmpty }

    /// The connection is made anew: everything will be listed again.
    mutating func restart() {
        for i in feeds.indices { feeds[i].problem = "" }
        distrustful = []
    }

    /// - Returns: what to log.
    mutating func note(_ update: ListWatch.Update, feed i: Int) -> [LogEvent] {
        switch update {
        case .replaced, .put, .removed: settle(i, .current)
        case .missing: settle(i, .missing)
        case .trouble(let error): trouble(i, error)
        case .recovered: recovery(i)
        }
    }

    private mutating func settle(_ i: Int, _ state: FeedFigures.State) -> [LogEvent] {
        feeds[i].state = state
        settled.insert(i)
        // With every kind forbidden, nothing is known: that is no readiness.
        isComplete =
            isComplete || (settled.count == feeds.count && feeds.contains { $0.state == .current || $0.state == .troubled })
        return reached(i)
    }

    private mutating func trouble(_ i: Int, _ error: APIError) -> [LogEvent] {
        feeds[i].problem = error.description
        if error.mayEndWithOtherAccess { distrustful.insert(i) }
        if error.isTransport {
            if feeds[i].state == .current { feeds[i].state = .troubled }
            let isFirst = unreachable.isEmpty
            unreachable.insert(i)
            let meanwhile = isComplete ? "the last graph goes on serving" : "not everything was listed yet"
            let event = LogEvent(
                .warning, "the api server cannot be reached; \(meanwhile)", ["problem": error.description])
            return isFirst ? [event] : []
        }
        let back = reached(i)
        if error.code == 403 {
            _ = settle(i, .denied)
        } else if feeds[i].state == .current {
            feeds[i].state = .troubled
        }
        return back + [
            LogEvent(.warning, "a resource cannot be read", ["resource": feeds[i].text, "problem": error.description])
        ]
    }

    private mutating func recovery(_ i: Int) -> [LogEvent] {
        feeds[i].problem = ""
        feeds[i].state = .current
        distrustful.remove(i)
        if unreachable.contains(i) { return reached(i) }
        return [LogEvent(.info, "a resource can be read again", ["resource": feeds[i].text])]
    }

    /// The last feed that got an answer again says so for all.
    private mutating func reached(_ i: Int) -> [LogEvent] {
        guard unreachable.remove(i) != nil, unreachable.isEmpty else { return [] }
        return [LogEvent(.info, "the api server is back")]
    }
}

extension FeedFigures {
    /// `secrets`, `secrets shop/tls`.
    fileprivate var text: String { object.map { "\(name) \(namespace ?? "")/\($0)" } ?? name }
}
