/// A hash table of objects, or of what takes one word, that carry their own keys: twelve bytes a place, where a dictionary keeps each key
/// once more beside its object.
///
/// The caller says what a key hashes to and which object is meant, so one table may hold an object under several keys.
public struct ObjectTable<Element: Sendable>: Sendable {
    /// Empty until something is put in, then a power of two long. Places that hold nothing have any hash.
    private var hashes: [UInt32] = []
    private var elements: [Element?] = []
    public private(set) var count = 0

    public init() {}

    public var isEmpty: Bool { count == 0 }

    /// All objects, in no order; one that is under several keys comes several times.
    public var all: some Sequence<Element> { elements.lazy.compactMap(\.self) }

    /// The first object under this hash that is meant.
    public func first(_ hash: Int, where isMeant: (Element) -> Bool) -> Element? {
        place(hash, where: isMeant).flatMap { elements[$0] }
    }

    /// Every object under this hash that is meant.
    public func all(_ hash: Int, where isMeant: (Element) -> Bool) -> [Element] {
        var found: [Element] = []
        _ = place(hash) { element in
            if isMeant(element) { found.append(element) }
            return false
        }
        return found
    }

    /// Adds an object, in the place of the first under this hash that is meant. - Returns: that one.
    @discardableResult
    public mutating func put(_ element: Element, _ hash: Int, replacing isMeant: (Element) -> Bool) -> Element? {
        if let i = place(hash, where: isMeant) {
            defer { elements[i] = element }
            return elements[i]
        }
        if (count + 1) * 4 > elements.count * 3 { resize(to: max(8, elements.count * 2)) }
        add(element, Self.short(hash))
        return nil
    }

    /// Takes out the first object under this hash that is meant. - Returns: that one.
    @discardableResult
    public mutating func remove(_ hash: Int, where isMeant: (Element) -> Bool) -> Element? {
        guard let i = place(hash, where: isMeant) else { return nil }
        let removed = elements[i]
        elements[i] = nil
        count -= 1
        closeGap(at: i)
        // A quarter full is what the smaller table is then, so that it does not grow again at once.
        if elements.count > 64, count * 8 < elements.count { resize(to: elements.count / 2) }
        return removed
    }

    // MARK: Places

    private static func short(_ hash: Int) -> UInt32 { UInt32(truncatingIfNeeded: hash ^ hash >> 32) }

    private func place(_ hash: Int, where isMeant: (Element) -> Bool) -> Int? {
        guard count > 0 else { return nil }
        let hash = Self.short(hash)
        let mask = elements.count - 1
        var i = Int(hash) & mask
        while let element = elements[i] {
            if hashes[i] == hash, isMeant(element) { return i }
            i = (i + 1) & mask
        }
        return nil
    }

    private mutating func add(_ element: Element, _ hash: UInt32) {
        let mask = elements.count - 1
        var i = Int(hash) & mask
        while elements[i] != nil { i = (i + 1) & mask }
        elements[i] = element
        hashes[i] = hash
        count += 1
    }

    /// Moves what comes after an emptied place forward, as far as each may go, so that no search ends early.
    private mutating func closeGap(at gap: Int) {
        let mask = elements.count - 1
        var (gap, i) = (gap, (gap + 1) & mask)
        while let element = elements[i] {
            let home = Int(hashes[i]) & mask
            if (i - home) & mask >= (i - gap) & mask {
                (elements[gap], elements[i]) = (element, nil)
                hashes[gap] = hashes[i]
                gap = i
            }
            i = (i + 1) & mask
        }
    }

    private mutating func resize(to size: Int) {
        let (oldHashes, oldElements) = (hashes, elements)
        hashes = [UInt32](repeating: 0, count: size)
        elements = [Element?](repeating: nil, count: size)
        count = 0
        for (hash, element) in zip(oldHashes, oldElements) { if let element { add(element, hash) } }
    }
}
