import Graph
import Resources

/// All diagnostics, under what they were found by, and as one sorted list in which each stands once.
struct DiagnosticBook {
    enum Source: Hashable {
        /// What is wrong with an object whoever refers to it.
        case object(ObjectReference)
        /// What is wrong with what an object contributes.
        case part(ObjectReference)
        /// What is wrong with where a Service's requests go instead.
        case detour(ObjectReference)
        /// What its active arms wait for.
        case switches(ObjectReference)
        case host(HostPattern)
        case port(PortKey)
        /// What the options ask for.
        case install
    }

    private var bySource: [Source: [Diagnostic]] = [:]
    /// The same may be found in two hosts of one route.
    private var counts: [Diagnostic: Int] = [:]
    private var edits: Set<Diagnostic> = []

    var objects: some Sequence<ObjectReference> {
        bySource.keys.lazy.compactMap { if case .object(let object) = $0 { object } else { nil } }
    }

    subscript(_ source: Source) -> [Diagnostic] { bySource[source] ?? [] }

    mutating func set(_ diagnostics: [Diagnostic], for source: Source) {
        let old = bySource[source] ?? []
        guard old != diagnostics else { return }
        bySource[source] = diagnostics.isEmpty ? nil : diagnostics
        for diagnostic in diagnostics { counts[diagnostic, default: 0] += 1 }
        for diagnostic in old {
            let count = counts[diagnostic] ?? 0
            counts[diagnostic] = count > 1 ? count - 1 : nil
        }
        edits.formUnion(old)
        edits.formUnion(diagnostics)
    }

    /// Brings a list up to date. - Returns: whether it changed.
    mutating func settle(_ list: inout [Diagnostic]) -> Bool {
        guard !edits.isEmpty else { return false }
        let before = list
        SortedEdits.apply(edits.map { (Order(diagnostic: $0), counts[$0] == nil ? nil : $0) }, to: &list, key: Order.init)
        edits = []
        return list != before
    }

    private struct Order: Comparable {
        let diagnostic: Diagnostic

        static func < (a: Self, b: Self) -> Bool { Diagnostic.precedes(a.diagnostic, b.diagnostic) }
    }
}
