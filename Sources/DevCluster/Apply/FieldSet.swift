/// A set of fields of an object. A field can be a member with or without the fields below it.
///
/// A tree whose branches are sorted, so that two sets are combined in one walk over both.
struct FieldSet: Sendable, Equatable {
    /// A field that is a member itself, or has members below it, or both.
    struct Node: Sendable, Equatable {
        var isMember = false
        var below = FieldSet()

        var isEmpty: Bool { !isMember && below.isEmpty }
    }

    struct Branch: Sendable, Equatable {
        var element: PathElement
        var node: Node
    }

    /// Sorted by element, each once, none of them empty.
    private(set) var branches: [Branch]

    init() { branches = [] }

    /// From branches in any order. Those of the same element become one.
    init(_ branches: [Branch]) {
        self.branches = []
        self.branches.reserveCapacity(branches.count)
        for branch in branches.filter({ !$0.node.isEmpty }).sorted(by: { $0.element < $1.element }) {
            guard let last = self.branches.last, last.element == branch.element else {
                self.branches.append(branch)
                continue
            }
            self.branches[self.branches.count - 1].node = Self.united(last.node, branch.node)
        }
    }

    init(routes: [FieldRoute]) { self.init(below: routes.filter { !$0.isEmpty }.map { $0[...] }) }

    private init(below routes: [ArraySlice<PathElement>]) {
        self.init(
            Dictionary(grouping: routes) { $0[$0.startIndex] }.map { element, routes in
                let rest = routes.map { $0.dropFirst() }
                let node = Node(isMember: rest.contains(where: \.isEmpty), below: FieldSet(below: rest.filter { !$0.isEmpty }))
                return Branch(element: element, node: node)
            })
    }

    // MARK: - Asking

    var isEmpty: Bool { branches.isEmpty }

    subscript(_ element: PathElement) -> Node? {
        var low = 0
        var high = branches.count
        while low < high {
            let middle = low + (high - low) / 2
            if branches[middle].element < element { low = middle + 1 } else { high = middle }
        }
        return low < branches.count && branches[low].element == element ? branches[low].node : nil
    }

    func contains(_ route: FieldRoute) -> Bool {
        guard let first = route.first, let node = self[first] else { return false }
        return route.count == 1 ? node.isMember : node.below.contains(Array(route.dropFirst()))
    }

    /// Every member, parents before what is below them.
    var routes: [FieldRoute] {
        var all: [FieldRoute] = []
        collect([], &all)
        return all
    }

    private func collect(_ above: FieldRoute, _ all: inout [FieldRoute]) {
        for branch in branches {
            let route = above + [branch.element]
            if branch.node.isMember { all.append(route) }
            branch.node.below.collect(route, &all)
        }
    }

    // MARK: - Combining

    func union(_ other: FieldSet) -> FieldSet {
        if other.isEmpty { return self }
        if isEmpty { return other }
        return combined(other) { a, b in
            guard let a else { return b }
            guard let b else { return a }
            return Self.united(a, b)
        }
    }

    private static func united(_ a: Node, _ b: Node) -> Node {
        Node(isMember: a.isMember || b.isMember, below: a.below.union(b.below))
    }

    func intersection(_ other: FieldSet) -> FieldSet {
        combined(other) { a, b in
            guard let a, let b else { return nil }
            return Node(isMember: a.isMember && b.isMember, below: a.below.intersection(b.below))
        }
    }

    /// The members of this set that are no members of the other. A field stays when only its parent is in the other.
    func subtracting(_ other: FieldSet) -> FieldSet {
        if other.isEmpty || isEmpty { return self }
        return combined(other) { a, b in
            guard let a, let b else { return a }
            return Node(isMember: a.isMember && !b.isMember, below: a.below.subtracting(b.below))
        }
    }

    /// Without the branches at the root for which `isKept` is false.
    func filter(_ isKept: (PathElement) -> Bool) -> FieldSet {
        var result = self
        result.branches.removeAll { !isKept($0.element) }
        return result
    }

    /// - Parameter body: what the nodes of one element become; nil where a set has none.
    private func combined(_ other: FieldSet, _ body: (Node?, Node?) -> Node?) -> FieldSet {
        var result = FieldSet()
        func add(_ element: PathElement, _ a: Node?, _ b: Node?) {
            guard let node = body(a, b), !node.isEmpty else { return }
            result.branches.append(Branch(element: element, node: node))
        }
        var (i, j) = (0, 0)
        while i < branches.count, j < other.branches.count {
            let (a, b) = (branches[i], other.branches[j])
            if a.element == b.element {
                add(a.element, a.node, b.node)
                (i, j) = (i + 1, j + 1)
            } else if a.element < b.element {
                add(a.element, a.node, nil)
                i += 1
            } else {
                add(b.element, nil, b.node)
                j += 1
            }
        }
        for branch in branches[i...] { add(branch.element, branch.node, nil) }
        for branch in other.branches[j...] { add(branch.element, nil, branch.node) }
        return result
    }
}
