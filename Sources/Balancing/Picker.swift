public import Base

/// Chooses an endpoint. Pure functions: randomness and the round-robin cursor arrive as values.
///
/// Every picker returns an index below `count`, or -1 when there are no candidates at all.
public enum Picker {
    /// Draws before a picker gives up drawing and scans.
    @usableFromInline static let draws = 8
    /// Places of a table that are looked at before a picker scans.
    @usableFromInline static let probes = 64

    /// Power of two choices: of two drawn by weight the one with fewer requests in flight for its weight.
    @inlinable public static func leastRequest(_ candidates: some Candidates, _ random: inout SeededRandom) -> Int {
        twoChoices(candidates, &random) { second, first in
            // load / weight of each; a tie keeps the draw's own weighting.
            Int64(candidates.load(second)) &* Int64(candidates.weight(first))
                < Int64(candidates.load(first)) &* Int64(candidates.weight(second))
        }
    }

    /// Power of two choices by latency: of two drawn by weight the one where a request more would wait less (Finagle's peak EWMA).
    @inlinable public static func peakEWMA(_ candidates: some Candidates, _ random: inout SeededRandom) -> Int {
        twoChoices(candidates, &random) { second, first in cost(candidates, second) < cost(candidates, first) }
    }

    /// Of two drawn by weight the second, if it is better, else the first; the only one there is.
    @inlinable static func twoChoices(
        _ candidates: some Candidates, _ random: inout SeededRandom, isBetter: (_ second: Int, _ first: Int) -> Bool
    ) -> Int {
        var following: Tier? = .near
        while let tier = following {
            following = tier.next
            let first = draw(candidates, tier, &random)
            if first < 0 { continue }
            if candidates.range(tier).count == 1 { return first }
            let second = draw(candidates, tier, &random, except: first)
            return second >= 0 && isBetter(second, first) ? second : first
        }
        return last(candidates)
    }

    /// Microseconds that a request more would wait. One that nobody knows gets one request, and no second before it has answered.
    @inlinable static func cost(_ candidates: some Candidates, _ i: Int) -> UInt64 {
        let inFlight = UInt64(max(0, candidates.load(i)))
        let latency = candidates.latency(i)
        return latency == 0 ? inFlight &* 1_000_000 : latency &* (inFlight &+ 1)
    }

    /// The endpoint to which a hash belongs, or who is next in the table while that one is not to be had.
    ///
    /// - Parameters:
    ///   - table: see `Maglev`; its places are indices of ready candidates.
    ///   - hash: equal ones get the same endpoint.
    @inlinable public static func maglev<C: Candidates>(_ candidates: C, table: borrowing Span<Int32>, hash: UInt32) -> Int {
        var following: Tier? = .near
        while let tier = following {
            following = tier.next
            let range = candidates.range(tier)
            if range.isEmpty { continue }
            // Draining ones are not in the table; neither need all be looked for there when many are out.
            var place = table.isEmpty ? 0 : Int(hash % UInt32(truncatingIfNeeded: table.count))
            for _ in 0..<min(probes, table.count) {
                let i = Int(table[place])
                if range.contains(i), candidates.isEligible(i, tier) { return i }
                place = place &+ 1 < table.count ? place &+ 1 : 0
            }
            let start = range.lowerBound &+ Int(hash % UInt32(truncatingIfNeeded: range.count))
            if let i = scan(candidates, tier, from: start, -1) { return i }
        }
        return last(candidates)
    }

    /// The endpoint to which a hash belongs, without a table: each draws by weight with a number that follows from hash and key, and the least
    /// has it (see `ArmChoice`). When one comes or goes, nobody moves but to it or from it. All of them are looked at.
    ///
    /// - Parameters:
    ///   - keys: what tells the candidates apart, one for each.
    ///   - hash: equal ones get the same endpoint.
    @inlinable public static func rendezvous(_ candidates: some Candidates, keys: borrowing Span<UInt64>, hash: UInt64) -> Int {
        var following: Tier? = .near
        while let tier = following {
            following = tier.next
            var (best, draw, weight) = (-1, 0.0, 1.0)
            for i in candidates.range(tier) where candidates.isEligible(i, tier) {
                let own = ArmChoice.negatedLogarithm((hash ^ keys[i]).spread)
                let mine = Double(candidates.weight(i))
                // draw / weight is compared without dividing.
                if best < 0 || own * weight < draw * mine { (best, draw, weight) = (i, own, mine) }
            }
            if best >= 0 { return best }
        }
        return last(candidates)
    }

    /// By weight, blind to load.
    @inlinable public static func random(_ candidates: some Candidates, _ random: inout SeededRandom) -> Int {
        var following: Tier? = .near
        while let tier = following {
            following = tier.next
            let i = draw(candidates, tier, &random)
            if i >= 0 { return i }
        }
        return last(candidates)
    }

    /// Takes the next of `turns` (see `Turns`) that is eligible.
    ///
    /// - Parameter cursor: a number that grows by one with each pick; it is reduced here.
    @inlinable public static func roundRobin<C: Candidates>(
        _ candidates: C, turns: borrowing Span<Int32>, cursor: UInt32
    ) -> Int {
        var following: Tier? = .near
        while let tier = following {
            following = tier.next
            let range = candidates.range(tier)
            if range.isEmpty { continue }
            let count = turns.isEmpty ? range.count : turns.count
            let start = Int(cursor % UInt32(truncatingIfNeeded: count))
            for step in 0..<count {
                let at = start &+ step < count ? start &+ step : start &+ step &- count
                let i = turns.isEmpty ? range.lowerBound &+ at : Int(turns[at])
                let turn = cursor &+ UInt32(truncatingIfNeeded: step)
                if range.contains(i), candidates.isEligible(i, tier), candidates.takesTurn(i, turn) { return i }
            }
            // Turns cover the ready ones only; draining ones take equal turns.
            if let i = scan(candidates, tier, from: range.lowerBound &+ Int(cursor % UInt32(truncatingIfNeeded: range.count)), -1)
            {
                return i
            }
        }
        return last(candidates)
    }

    /// One eligible candidate with a chance in proportion to its weight; -1 when the tier has none.
    @inlinable static func draw(
        _ candidates: some Candidates, _ tier: Tier, _ random: inout SeededRandom, except: Int = -1
    ) -> Int {
        let range = candidates.range(tier)
        if range.isEmpty { return -1 }
        let size = UInt32(truncatingIfNeeded: range.count)
        let maximum = candidates.maximumWeight
        for _ in 0..<draws {
            let i = range.lowerBound &+ Int(random.below(size))
            if i == except || !candidates.isEligible(i, tier) { continue }
            if maximum <= 1 { return i }
            if random.below(UInt32(truncatingIfNeeded: maximum)) < UInt32(truncatingIfNeeded: candidates.weight(i)) { return i }
        }
        return scan(candidates, tier, from: range.lowerBound &+ Int(random.below(size)), except) ?? -1
    }

    /// The first eligible candidate at or after `start`, around the tier's range.
    @inlinable static func scan(_ candidates: some Candidates, _ tier: Tier, from start: Int, _ except: Int) -> Int? {
        let range = candidates.range(tier)
        for step in 0..<range.count {
            let i = start &+ step < range.upperBound ? start &+ step : start &+ step &- range.count
            if i != except && candidates.isEligible(i, tier) { return i }
        }
        return nil
    }

    /// Everything is unhealthy, tried, and there is nothing else.
    @inlinable static func last(_ candidates: some Candidates) -> Int { candidates.count > 0 ? 0 : -1 }
}
