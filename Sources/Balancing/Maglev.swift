import Base

/// Consistent choice by a table that each endpoint fills in an order of its own (Eisenbud et al., "Maglev", NSDI 2016, section 3.4).
///
/// Endpoints get shares in proportion to their weights, and when one comes or goes, little else moves than its share. Tables depend
/// on nothing but keys and weights: all workers and replicas make the same one.
public enum Maglev {
    /// Primes, so that every step visits every place; each is at least a hundred times as many as endpoints, the error of a share.
    private static let sizes = [251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65537]

    /// The endpoint of each place of the table.
    ///
    /// - Parameters:
    ///   - keys: what tells the endpoints apart; their order does not matter.
    ///   - weights: at least 1, as many as keys.
    public static func table(_ keys: [UInt64], weights: [Int]) -> [Int32] {
        guard let heaviest = weights.max(), keys.count == weights.count else { return [] }
        if keys.count == 1 { return [0] }
        let size = sizes.first { $0 >= 100 * keys.count } ?? sizes[sizes.count - 1]
        var permutations = keys.map { Permutation($0, size: size) }
        var table = [Int32](repeating: -1, count: size)
        // With equal weights everybody takes a place in every round; else whoever has earned one.
        var earned = [Double](repeating: 0, count: keys.count)
        let order = keys.indices.sorted { keys[$0] < keys[$1] }
        let shares = weights.map { Double(max(1, $0)) / Double(max(1, heaviest)) }
        var left = size
        while true {
            for i in order {
                earned[i] += shares[i]
                guard earned[i] >= 1 else { continue }
                earned[i] -= 1
                var place = permutations[i].next()
                while table[place] >= 0 { place = permutations[i].next() }
                table[place] = Int32(truncatingIfNeeded: i)
                left -= 1
                if left == 0 { return table }
            }
        }
    }

    /// Every place once, in an endpoint's own order.
    private struct Permutation {
        private var place: Int
        private let step: Int
        private let size: Int

        init(_ key: UInt64, size: Int) {
            self.size = size
            place = Int(key.spread % UInt64(size))
            step = Int((~key).spread % UInt64(size - 1)) + 1
        }

        mutating func next() -> Int {
            defer { place = (place + step) % size }
            return place
        }
    }
}
