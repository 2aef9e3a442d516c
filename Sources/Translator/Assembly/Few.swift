/// A set that mostly has one element: that one lies in place. A set of the standard library takes two hundred bytes for it.
struct Few<Element: Hashable & Sendable>: Sendable {
    private enum Storage {
        case none
        case one(Element)
        case many(Set<Element>)
    }
    private var storage = Storage.none

    init() {}

    var isEmpty: Bool { if case .none = storage { true } else { false } }

    /// The element that equals this one.
    func member(_ element: Element) -> Element? {
        switch storage {
        case .none: nil
        case .one(let only): only == element ? only : nil
        case .many(let all): all.firstIndex(of: element).map { all[$0] }
        }
    }

    /// Adds the element, or takes it in the place of its equal.
    mutating func update(with element: Element) {
        switch storage {
        case .none: storage = .one(element)
        case .one(let only):
            storage = only == element ? .one(element) : .many([only, element])
        case .many(var all):
            storage = .none
            all.update(with: element)
            storage = .many(all)
        }
    }

    mutating func remove(_ element: Element) {
        switch storage {
        case .none: break
        case .one(let only): if only == element { storage = .none }
        case .many(var all):
            storage = .none
            all.remove(element)
            if all.count > 1 { storage = .many(all) } else if let last = all.first { storage = .one(last) }
        }
    }
}

extension Few: Sequence {
    func makeIterator() -> AnyIterator<Element> {
        switch storage {
        case .none: return AnyIterator { nil }
        case .one(let only):
            var next: Element? = only
            return AnyIterator {
                defer { next = nil }
                return next
            }
        case .many(let all):
            var iterator = all.makeIterator()
            return AnyIterator { iterator.next() }
        }
    }
}
