/// The order in which weighted round robin visits endpoints: each as often as its weight says, spread evenly ("smooth", as in nginx).
public enum Turns {
    /// Longest list; greater weights are scaled down to fit, none below 1.
    public static let maximumCount = 4096

    /// Indices in visiting order; empty when all weights are equal, which needs no list.
    public static func smooth(_ weights: [Int]) -> [Int32] {
        guard let first = weights.first, weights.contains(where: { $0 != first }) else { return [] }
        let scaled = scale(weights.map { max(1, $0) })
        let total = scaled.reduce(0, +)
        var current = [Int](repeating: 0, count: scaled.count)
        var turns: [Int32] = []
        turns.reserveCapacity(total)
        for _ in 0..<total {
            var best = 0
            for i in scaled.indices {
                current[i] += scaled[i]
                if current[i] > current[best] { best = i }
            }
            current[best] -= total
            turns.append(Int32(truncatingIfNeeded: best))
        }
        return turns
    }

    private static func scale(_ weights: [Int]) -> [Int] {
        var divisor = weights.reduce(0) { gcd($0, $1) }
        // The list costs total times count steps to make; both are bounded.
        let bound = max(weights.count, min(maximumCount, 4_000_000 / max(1, weights.count)))
        let total = weights.reduce(0) { $0 + min($1, 1_000_000) }
        if total / max(1, divisor) > bound { divisor = (total + bound - 1) / bound }
        return weights.map { max(1, min($0, 1_000_000) / max(1, divisor)) }
    }

    private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }
}
