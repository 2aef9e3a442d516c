/// How many objects at the beginning of two lists, and how many of the others at the end, are the same objects.
///
/// Addresses are compared and nothing is counted: with ten thousand objects that is the difference between microseconds and
/// milliseconds.
struct SameEnds: Equatable {
    let head: Int
    let tail: Int
    /// The lists are the same.
    let isAll: Bool

    static let none = SameEnds(head: 0, tail: 0, isAll: false)

    private init(head: Int, tail: Int, isAll: Bool) {
        self.head = head
        self.tail = tail
        self.isAll = isAll
    }

    init<Object: AnyObject>(_ old: [Object], _ new: [Object]) {
        self = unsafe old.withUnsafeBytes { old in
            unsafe new.withUnsafeBytes { new in
                let size = MemoryLayout<UInt>.size
                let (last, end, shorter) = (old.count / size - 1, new.count / size - 1, min(old.count, new.count) / size)
                func word(_ bytes: UnsafeRawBufferPointer, _ i: Int) -> UInt {
                    unsafe bytes.load(fromByteOffset: i * size, as: UInt.self)
                }
                var head = 0
                while head < shorter, unsafe word(old, head) == word(new, head) { head += 1 }
                var tail = 0
                while tail < shorter - head, unsafe word(old, last - tail) == word(new, end - tail) { tail += 1 }
                return SameEnds(head: head, tail: tail, isAll: old.count == new.count && head == shorter)
            }
        }
    }
}
