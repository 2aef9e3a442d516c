/// An element of a `DenseTable`: it knows its key, which never changes.
public protocol Keyed {
    associatedtype Key: Hashable
    var key: Key { get }
}

/// A dictionary whose values know their keys and lie side by side: four bytes a place of the hash table, where a dictionary keeps each
/// key once more and leaves a third of its large places empty. Growing, it moves what it holds instead of hashing it into twice the room.
public struct DenseTable<Element: Keyed> {
    /// In no order; nil where one was taken out.
    private var elements: [Element?] = []
    /// Which of those hold nothing.
    private var free: [Int32] = []
    /// Indices of elements by hash: a power of two long, or empty; -1 where there is none.
    private var places: [Int32] = []

    public init() {}

    public var count: Int { elements.count - free.count }
    public var isEmpty: Bool { count == 0 }
    /// In no order.
    public var all: some Sequence<Element> { elements.lazy.compactMap(\.self) }
    public var keys: some Sequence<Element.Key> { elements.lazy.compactMap { $0?.key } }

    public subscript(_ key: Element.Key) -> Element? {
        get { index(of: key).flatMap { elements[$0] } }
        _modify {
            let known = index(of: key)
            var element: Element?
            // Taken out meanwhile, so that whoever changes it is the only one who holds what it holds.
            if let known { swap(&element, &elements[known]) }
            defer {
                precondition(element.map { $0.key == key } ?? true, "an element lies under its own key")
                switch (known, element) {
                case (let known?, .some): swap(&elements[known], &element)
                case (let known?, nil): forget(known, key)
                case (nil, let element?): add(element)
                case (nil, nil): break
                }
            }
            yield &element
        }
    }

    public subscript(_ key: Element.Key, default fresh: @autoclosure () -> Element) -> Element {
        get { self[key] ?? fresh() }
        set { self[key] = newValue }
    }

    // MARK: Places

    private func home(_ key: Element.Key) -> Int { key.hashValue & (places.count - 1) }

    /// The place of an element's index.
    private func place(of key: Element.Key, where isMeant: (Int32) -> Bool) -> Int? {
        guard !places.isEmpty else { return nil }
        var i = home(key)
        while places[i] >= 0 {
            if isMeant(places[i]) { return i }
            i = (i + 1) & (places.count - 1)
        }
        return nil
    }

    private func index(of key: Element.Key) -> Int? {
        place(of: key) { elements[Int($0)]?.key == key }.map { Int(places[$0]) }
    }

    private mutating func add(_ element: Element) {
        if (count + 1) * 4 > places.count * 3 { rehash(max(8, places.count * 2)) }
        let index: Int32
        if let known = free.popLast() {
            index = known
            elements[Int(index)] = element
        } else {
            index = Int32(elements.count)
            elements.append(element)
        }
        note(index, element.key)
    }

    private mutating func note(_ index: Int32, _ key: Element.Key) {
        var i = home(key)
        while places[i] >= 0 { i = (i + 1) & (places.count - 1) }
        places[i] = index
    }

    /// The element of that index, which was this key's, is out already.
    private mutating func forget(_ index: Int, _ key: Element.Key) {
        guard let gap = place(of: key, where: { $0 == index }) else { return }
        free.append(Int32(index))
        places[gap] = -1
        closeGap(at: gap)
        if count == 0 { self = DenseTable() }
    }

    /// Moves what comes after an emptied place forward, as far as each may go, so that no search ends early.
    private mutating func closeGap(at gap: Int) {
        let mask = places.count - 1
        var (gap, i) = (gap, (gap + 1) & mask)
        while places[i] >= 0 {
            if let key = elements[Int(places[i])]?.key, (i - home(key)) & mask >= (i - gap) & mask {
                (places[gap], places[i]) = (places[i], -1)
                gap = i
            }
            i = (i + 1) & mask
        }
    }

    private mutating func rehash(_ size: Int) {
        places = [Int32](repeating: -1, count: size)
        for (i, element) in elements.enumerated() { if let element { note(Int32(i), element.key) } }
    }
}

extension DenseTable: Sendable where Element: Sendable {}
