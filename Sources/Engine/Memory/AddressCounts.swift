import Base
import Synchronization

/// How many connections each client's address has, of all workers: an open-addressed table with a secret hash, since anybody may choose
/// an address, of one word each, changed by compare-and-swap. Nobody waits for anybody.
///
/// It is never full, for there are twice as many places as connections; where a place is far to find all the same, the connection is not
/// counted.
@safe final class AddressCounts: @unchecked Sendable {
    // Unchecked: the words are atomic, and their memory does not move.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int
    private let seed: UInt64

    /// - Parameter capacity: connections that there may be.
    init(capacity: Int, seed: UInt64) {
        var count = 64
        while count < 2 * capacity { count *= 2 }
        self.count = count
        self.seed = seed
        unsafe words = .allocate(capacity: count)
        for i in 0..<count { unsafe (words + i).initialize(to: Atomic(0)) }
    }

    deinit { unsafe words.deallocate() }

    /// Valid while the table lives.
    var view: AddressCountsView { unsafe AddressCountsView(words: words, mask: count - 1, seed: seed) }
}

/// The table as workers use it: plain data.
@safe struct AddressCountsView: @unchecked Sendable {
    // Unchecked: see `AddressCounts`.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let mask: Int
    private let seed: UInt64

    /// How far from its place an address may lie.
    private static var reach: Int { 32 }
    /// The count in a word; the rest of it tells the address.
    private static var counts: UInt64 { 0xf_ffff }

    @unsafe fileprivate init(words: UnsafeMutablePointer<Atomic<UInt64>>, mask: Int, seed: UInt64) {
        unsafe self.words = words
        self.mask = mask
        self.seed = seed
    }

    enum Outcome { case counted, uncounted, refused }

    /// Counts one more connection, unless there are `most`.
    func take(_ address: IPAddress, most: Int) -> Outcome {
        let (tag, start) = place(address)
        for i in 0..<Self.reach {
            switch addOne(at: (start &+ i) & mask, tag, most: UInt64(most)) {
            case .uncounted: continue
            case let outcome: return outcome
            }
        }
        for i in 0..<Self.reach where claim((start &+ i) & mask, tag) { return .counted }
        return .uncounted
    }

    /// One that was counted is over.
    func giveBack(_ address: IPAddress) {
        let (tag, start) = place(address)
        for i in 0..<Self.reach {
            let at = (start &+ i) & mask
            let found = unsafe words[at].change { word in
                guard isOf(tag, word) else { return false }
                word &-= 1
                return true
            }
            if found { return }
        }
    }

    private func isOf(_ tag: UInt64, _ word: UInt64) -> Bool { word & ~Self.counts == tag && word & Self.counts > 0 }

    /// `.uncounted` where another address lies, or none.
    private func addOne(at i: Int, _ tag: UInt64, most: UInt64) -> Outcome {
        unsafe words[i].change { word in
            guard isOf(tag, word) else { return .uncounted }
            guard word & Self.counts < min(most, Self.counts) else { return .refused }
            word &+= 1
            return .counted
        }
    }

    /// A place that nobody has any longer. Two workers that see an address for the first time at one moment may give it two places: each
    /// of them counts for itself until one is empty.
    private func claim(_ i: Int, _ tag: UInt64) -> Bool {
        unsafe words[i].change { word in
            guard word & Self.counts == 0 else { return false }
            word = tag | 1
            return true
        }
    }

    private func place(_ address: IPAddress) -> (tag: UInt64, start: Int) {
        let hash = ((address.high ^ seed).spread &+ (address.isV4 ? address.low : 0)).spread
        return ((hash ^ seed.spread).spread & ~Self.counts, Int(truncatingIfNeeded: hash & 0x7fff_ffff) & mask)
    }
}
