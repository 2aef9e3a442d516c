/// A box for what few values have: an optional one takes a word instead of the whole room.
public final class Rare<T: Equatable & Sendable>: Equatable, Sendable {
    public let value: T

    public init(_ value: T) { self.value = value }

    public static func == (a: Rare, b: Rare) -> Bool { a === b || a.value == b.value }
}

extension Rare: Hashable where T: Hashable {
    public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
