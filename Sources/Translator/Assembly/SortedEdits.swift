/// Changes to a sorted list that cost what changed: few are placed by binary search, many are merged in one pass.
enum SortedEdits {
    /// - Parameter edits: by key; nil takes the element away. Keys of the list are unique.
    static func apply<Key: Comparable, Element>(
        _ edits: [(key: Key, element: Element?)], to list: inout [Element], key: (Element) -> Key
    ) {
        if edits.count <= 16 {
            for edit in edits { place(edit.key, edit.element, in: &list, key: key) }
        } else {
            list = merged(list, edits.sorted { $0.key < $1.key }, key: key)
        }
    }

    /// The element of that key in a sorted list.
    static func element<Key: Comparable, Element>(_ key: Key, in list: [Element], key keyOf: (Element) -> Key) -> Element? {
        let i = index(key, in: list, key: keyOf)
        return i < list.count && !(key < keyOf(list[i])) ? list[i] : nil
    }

    /// Where the first element stands whose key is not before this one.
    private static func index<Key: Comparable, Element>(_ key: Key, in list: [Element], key keyOf: (Element) -> Key) -> Int {
        var low = 0
        var high = list.count
        while low < high {
            let middle = (low + high) / 2
            if keyOf(list[middle]) < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func place<Key: Comparable, Element>(
        _ key: Key, _ element: Element?, in list: inout [Element], key keyOf: (Element) -> Key
    ) {
        let i = index(key, in: list, key: keyOf)
        let isThere = i < list.count && !(key < keyOf(list[i]))
        switch (element, isThere) {
        case (let element?, true): list[i] = element
        case (let element?, false): list.insert(element, at: i)
        case (nil, true): list.remove(at: i)
        case (nil, false): break
        }
    }

    private static func merged<Key: Comparable, Element>(
        _ list: [Element], _ edits: [(key: Key, element: Element?)], key keyOf: (Element) -> Key
    ) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(list.count + edits.count)
        var next = 0
        for element in list {
            let key = keyOf(element)
            while next < edits.count, edits[next].key < key {
                if let new = edits[next].element { result.append(new) }
                next += 1
            }
            if next < edits.count, !(key < edits[next].key) {
                if let new = edits[next].element { result.append(new) }
                next += 1
            } else {
                result.append(element)
            }
        }
        result += edits[next...].compactMap(\.element)
        return result
    }
}
