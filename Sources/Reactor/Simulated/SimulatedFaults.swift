import Base

/// How the simulated network misbehaves. All of it is within what sockets may do: a proxy's answers must not depend on it.
public struct SimulatedFaults: Sendable {
    /// Bytes that arrive at once, drawn from this range for each delivery.
    public var piece: ClosedRange<Int> = 1...Int.max
    /// Bytes that a direction holds before its writer has to wait.
    public var capacity = 65536
    // Each of these is a chance out of 256 for each occasion.
    /// A receive or send that says "nothing now" although it could; an event follows.
    public var again: UInt32 = 0
    /// A send that takes a part only; an event follows.
    public var shortWrite: UInt32 = 0
    /// An event that comes some turns late.
    public var late: UInt32 = 0
    /// After a close, one more event with the token of what was closed.
    public var stale: UInt32 = 0
    /// `accept` says that there is no descriptor left (EMFILE).
    public var acceptStarved: UInt32 = 0
    /// `send` says that there is no buffer left (ENOBUFS); no event follows.
    public var sendStarved: UInt32 = 0
    /// Events that are left for the next wait, as if a batch were full.
    public var heldBack: UInt32 = 0

    public init() {}

    /// Everything arrives at once and nothing goes wrong.
    public static let none = SimulatedFaults()

    /// One byte at a time.
    public static var byteByByte: SimulatedFaults {
        var faults = SimulatedFaults()
        faults.piece = 1...1
        return faults
    }

    /// Random pieces, and everything that sockets may do meanwhile.
    public static var rough: SimulatedFaults {
        var faults = SimulatedFaults()
        faults.piece = 1...40
        faults.again = 24
        faults.shortWrite = 48
        faults.late = 48
        faults.stale = 64
        faults.acceptStarved = 16
        faults.heldBack = 48
        return faults
    }
}
