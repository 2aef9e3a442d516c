import Graph

/// Finds the entries of a plan's clusters by id.
///
/// They are sorted as the graph's clusters are, so that no table has to be made for the few that a small change asks for.
struct ClusterIndex {
    private let entries: [ClusterEntry]

    init(_ entries: [ClusterEntry]) { self.entries = entries }

    subscript(id: ClusterID) -> ClusterEntry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        if low < entries.count, entries[low].id == id { return entries[low] }
        // A graph that somebody made by hand may not be sorted.
        return entries.first { $0.id == id }
    }
}
