/// What a slab holds. `init()` runs once for each place, before its first use; afterwards the user resets the value itself.
public protocol SlabElement: ~Copyable {
    init()
}

/// Names a place in a slab and its occupant: a handle of an earlier occupant is recognised by its generation.
public struct Handle: Hashable, Sendable, BitwiseCopyable {
    public var index: Int32
    public var generation: UInt32

    @inlinable public init(index: Int32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    public static let none = Handle(index: -1, generation: 0)
    @inlinable public var isPresent: Bool { index >= 0 }
}

/// Fixed storage for values that never move, handed out by index. Places are made when first used, so that a large capacity
/// costs address space only. Access is checked; `nonmutating` because one thread owns a slab and lends it.
@safe public struct Slab<Element: SlabElement & ~Copyable>: ~Copyable {
    @usableFromInline let places: UnsafeMutablePointer<Element>
    @usableFromInline let generations: UnsafeMutablePointer<UInt32>
    @usableFromInline let free: UnsafeMutablePointer<Int32>
    /// [0] places made, [1] length of the free list.
    @usableFromInline let counts: UnsafeMutablePointer<Int>
    public let capacity: Int

    public init(capacity: Int) {
        self.capacity = capacity
        unsafe places = .allocate(capacity: capacity)
        unsafe generations = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        unsafe counts = .allocate(capacity: 2)
        unsafe counts.initialize(repeating: 0, count: 2)
    }

    deinit {
        unsafe places.deinitialize(count: counts[0])
        unsafe places.deallocate()
        unsafe generations.deallocate()
        unsafe free.deallocate()
        unsafe counts.deallocate()
    }

    /// Places in use.
    @inlinable public var count: Int { unsafe counts[0] &- counts[1] }
    /// Places ever made: every index in use is below it.
    @inlinable public var made: Int { unsafe counts[0] }

    /// A place, with whatever its previous occupant left; nil when all are in use.
    @inlinable public func take() -> Int32? {
        let spare = unsafe counts[1]
        if spare > 0 {
            unsafe counts[1] = spare &- 1
            return unsafe free[spare &- 1]
        }
        let next = unsafe counts[0]
        guard next < capacity else { return nil }
        unsafe (places + next).initialize(to: Element())
        unsafe (generations + next).initialize(to: 1)
        unsafe counts[0] = next &+ 1
        return Int32(truncatingIfNeeded: next)
    }

    /// Gives the place back: all handles to it are now old.
    @inlinable public func give(_ index: Int32) {
        check(index)
        unsafe generations[Int(index)] &+= 1
        let spare = unsafe counts[1]
        precondition(spare < capacity, "a place is given back once")
        unsafe (free + spare).initialize(to: index)
        unsafe counts[1] = spare &+ 1
    }

    @inlinable public func handle(_ index: Int32) -> Handle {
        check(index)
        return unsafe Handle(index: index, generation: generations[Int(index)])
    }

    @inlinable @inline(__always)
    public func isCurrent(_ handle: Handle) -> Bool {
        unsafe handle.index >= 0 && Int(handle.index) < counts[0] && generations[Int(handle.index)] == handle.generation
    }

    @inlinable public subscript(_ index: Int32) -> Element {
        @inline(__always) unsafeAddress {
            check(index)
            return unsafe UnsafePointer(places + Int(index))
        }
        @inline(__always) nonmutating unsafeMutableAddress {
            check(index)
            return unsafe places + Int(index)
        }
    }

    @inlinable @inline(__always)
    func check(_ index: Int32) {
        // One comparison: as an unsigned number a negative index is above every count.
        precondition(
            unsafe UInt(bitPattern: Int(index)) < UInt(bitPattern: counts[0]), "a slab is addressed by an index it handed out")
    }
}
