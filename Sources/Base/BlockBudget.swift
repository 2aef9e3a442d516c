import Synchronization

/// Bytes that the blocks of all threads may take together. Each pool draws on it in portions, so that taking and giving a block touches no
/// memory that threads share.
@safe public final class BlockBudget: @unchecked Sendable {
    // Unchecked: the word is atomic, and its memory does not move.

    public let bytes: Int
    /// What a pool draws at a time, and keeps spare up to twice: what all pools keep spare is a sixteenth of the budget at most.
    let portion: Int
    private let granted: UnsafeMutablePointer<Atomic<Int>>

    /// - Parameter pools: how many draw on it.
    public init(bytes: Int, pools: Int = 1) {
        self.bytes = bytes
        portion = min(1 << 20, max(1024, bytes / (32 * max(1, pools))))
        // A line of its own.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        unsafe granted = memory.bindMemory(to: Atomic<Int>.self, capacity: 1)
        unsafe granted.initialize(to: Atomic(0))
    }

    deinit { unsafe UnsafeMutableRawPointer(granted).deallocate() }

    var line: BudgetLine { unsafe BudgetLine(granted: granted, budget: bytes, portion: portion) }
}

/// A budget as pools use it: plain data, valid while the budget lives.
@safe @usableFromInline struct BudgetLine: @unchecked Sendable {
    // Unchecked: see `BlockBudget`.
    private let granted: UnsafeMutablePointer<Atomic<Int>>
    private let budget: Int
    @usableFromInline let portion: Int

    @unsafe fileprivate init(granted: UnsafeMutablePointer<Atomic<Int>>, budget: Int, portion: Int) {
        unsafe self.granted = granted
        self.budget = budget
        self.portion = portion
    }

    /// What all pools have drawn.
    @usableFromInline var drawn: Int { unsafe granted.pointee.load(ordering: .relaxed) }

    /// Draws a portion, or what is needed where that is not to be had. - Returns: how much was drawn, 0 when the budget is used up.
    func draw(_ needed: Int) -> Int {
        if take(max(needed, portion)) { return max(needed, portion) }
        return take(needed) ? needed : 0
    }

    private func take(_ amount: Int) -> Bool {
        var old = drawn
        while old &+ amount <= budget {
            let exchange = unsafe granted.pointee.weakCompareExchange(
                expected: old, desired: old &+ amount, ordering: .relaxed)
            if exchange.exchanged { return true }
            old = exchange.original
        }
        return false
    }

    func giveBack(_ amount: Int) { unsafe granted.pointee.wrappingSubtract(amount, ordering: .relaxed) }
}
