import Kubernetes
import Resources
import Translator

/// Who serves an object as it is: this replica and the others. Pure.
struct Standing: Equatable {
    /// Every worker here.
    var isServedHere: Bool
    /// Other replicas that do not serve it, or of which nobody knows; this one is counted apart.
    var missing: [String] = []
    /// Somebody said that it does not.
    var isCertain = false
    var silent: [String] = []
    /// Replicas that are counted, this one among them; 0 where it is taken to be alone.
    var count = 0
    /// It is known who the others are.
    var isKnown = true

    /// Every worker of every replica, and nobody is silent.
    static let settled = Standing(isServedHere: true)

    /// - Parameters:
    ///   - version: when the object became what it is.
    ///   - isServedHere: every worker of this replica serves it.
    ///   - fleet: nil where this replica is taken to be alone.
    init(_ reference: ObjectReference, since version: String, here isServedHere: Bool, _ fleet: Fleet?) {
        self.init(isServedHere: isServedHere)
        guard let fleet, let feed = Self.feeds[reference.kind] else { return }
        silent = fleet.silent
        if case .missing(let names, let isCertain) = fleet.standing(of: feed, namespace: reference.namespace, since: version) {
            missing = names
            self.isCertain = isCertain
            isKnown = fleet.isKnown
        }
        // Numbers matter only to what is said of those that are late, and would make every object look new when a replica comes.
        if !isServed { count = fleet.replicas.count + 1 }
    }

    /// Names of the feeds by kind; each object is judged by them often.
    private static let feeds = Dictionary(
        uniqueKeysWithValues: StatusMachine.kinds.map { ($0.kind, FeedMarks.name($0.type, namespace: nil)) })

    private init(isServedHere: Bool) { self.isServedHere = isServedHere }

    /// By every replica that answers.
    var isServed: Bool { isServedHere && missing.isEmpty && isKnown }

    /// For the condition of that name.
    var programmed: RouteParents.Programmed {
        if isServed { return .yes(silent: silent) }
        let text = message
        return isServedHere && !isCertain ? .unclear(text) : .notYet(text)
    }

    private var message: String {
        guard count > 0, isKnown else {
            return isServedHere
                ? "Every worker of this replica serves it; the others were not found yet." : "Not every worker serves it yet."
        }
        let serving = count - missing.count - (isServedHere ? 0 : 1)
        let late = (isServedHere ? [] : ["this one"]) + missing
        let left = silent.isEmpty ? "" : " Silent: \(silent.joined(separator: ", "))."
        return "\(serving) of \(count) replicas serve it yet; late: \(late.joined(separator: ", ")).\(left)"
    }
}
