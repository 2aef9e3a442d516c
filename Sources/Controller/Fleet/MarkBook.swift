import Kubernetes

/// Which marks every worker of this replica serves. Pure.
///
/// A round that led to a graph holds once all workers acknowledged it; a round that changed nothing holds as soon as the rounds before it do.
struct MarkBook {
    /// What every worker serves.
    private(set) var served = FeedMarks()
    /// Graphs that are not acknowledged yet, the oldest first, each with how far it and the rounds after it had come.
    private var pending: [(generation: UInt64, marks: FeedMarks)] = []
    private var acknowledged: UInt64 = 0
    /// Before the first graph.
    private var early = FeedMarks()
    private var hasGraph = false

    /// A round ended. - Parameter generation: of the graph that it led to; nil when the one before it stays.
    /// - Returns: whether `served` is another now.
    mutating func note(_ marks: FeedMarks, generation: UInt64?) -> Bool {
        guard let generation else {
            guard hasGraph else {
                early.merge(marks)
                return false
            }
            if let last = pending.indices.last {
                pending[last].marks.merge(marks)
                return false
            }
            return serve(marks)
        }
        early.merge(marks)
        pending.append((generation, early))
        early = FeedMarks()
        hasGraph = true
        return settle()
    }

    /// Every worker serves that graph, and so those before it. It may be told before the round has ended.
    mutating func acknowledge(_ generation: UInt64) -> Bool {
        acknowledged = max(acknowledged, generation)
        return settle()
    }

    private mutating func settle() -> Bool {
        var isNews = false
        while let first = pending.first, first.generation <= acknowledged {
            isNews = serve(first.marks) || isNews
            pending.removeFirst()
        }
        return isNews
    }

    private mutating func serve(_ marks: FeedMarks) -> Bool {
        let before = served
        served.merge(marks)
        return served != before
    }
}
