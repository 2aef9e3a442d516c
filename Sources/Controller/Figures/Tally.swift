/// How long something took, counted in the classes of a Prometheus histogram.
public struct Tally: Sendable, Equatable {
    /// Upper bounds in seconds; one more count than bounds, for what took longer than all.
    public static let bounds: [Double] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

    public private(set) var counts = [UInt64](repeating: 0, count: bounds.count + 1)
    /// Seconds.
    public private(set) var sum = 0.0
    public private(set) var last = 0.0

    public init() {}

    mutating func add(nanoseconds: UInt64) {
        let seconds = Double(nanoseconds) / 1e9
        counts[Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count] += 1
        sum += seconds
        last = seconds
    }
}
