public import Base

/// How much of one kind of nuisance is borne: so many at once, and so many more each second.
public struct HTTP2Allowance: Sendable, Equatable, BitwiseCopyable {
    public var burst: UInt32
    public var perSecond: UInt32

    @inlinable public init(burst: UInt32, perSecond: UInt32) {
        self.burst = burst
        self.perSecond = perSecond
    }
}

/// Tells peers that work from peers that only make work: two accounts that useful things fill and nuisances empty. A pure machine; time
/// arrives as a value. See docs/adr/0013 for what each of them is good against.
public struct HTTP2Budget: Sendable {
    /// Streams that were opened for nothing.
    public enum Waste: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        /// The peer reset a stream (CVE-2023-44487, "rapid reset").
        case reset
        /// The peer made us reset one (CVE-2025-8671, "MadeYouReset"): what it broke costs what its own reset would.
        case madeReset
    }

    /// Frames that carry nothing, yet have to be read or answered.
    public enum Chatter: UInt8, Sendable, CaseIterable, BitwiseCopyable {
        case settings, ping, priority, windowUpdate, emptyData, unknown
        /// A window opened so little that what fits into it is mostly frame header.
        case dribble

        /// What it costs: settings change tables and windows, and must be answered.
        var cost: UInt64 { self == .settings ? 10 : 1 }
    }

    private var streams: Account
    private var frames: Account

    public init(streams: HTTP2Allowance, frames: HTTP2Allowance) {
        self.streams = Account(streams)
        self.frames = Account(frames)
    }

    /// - Returns: false when the peer has used up what it may waste: end the connection with ENHANCE_YOUR_CALM.
    public mutating func spend(_ waste: Waste, at now: Instant) -> Bool { streams.spend(1, at: now) }

    /// - Returns: false as above.
    public mutating func spend(_ chatter: Chatter, at now: Instant) -> Bool { frames.spend(chatter.cost, at: now) }

    /// A stream ended as it should: one more may be reset. Half of all requests may so be cancelled at any rate, which is what a proxy
    /// before us needs that carries many clients' requests over one connection.
    public mutating func earnStream() { streams.earn(1) }

    /// A head came: a priority or two and a window update belong to it.
    public mutating func earnHead() { frames.earn(4) }

    /// A DATA frame went or came: two window updates, or pings that measure the path, belong to it.
    public mutating func earnData() { frames.earn(2) }

    /// Thousandths are counted, so that a whole number comes back each millisecond.
    private struct Account {
        let allowance: HTTP2Allowance
        var spent: UInt64 = 0
        /// Until when what comes back with time has come back.
        var settled = Instant.zero

        init(_ allowance: HTTP2Allowance) { self.allowance = allowance }

        mutating func spend(_ cost: UInt64, at now: Instant) -> Bool {
            let milliseconds = now.nanoseconds(since: settled) / 1_000_000
            settled = settled.advanced(byMilliseconds: milliseconds)
            let (back, overflow) = milliseconds.multipliedReportingOverflow(by: UInt64(allowance.perSecond))
            spent = overflow || back >= spent ? 0 : spent &- back
            // What is refused is not counted: the account never owes more than its burst.
            guard spent &+ cost &* 1000 <= UInt64(allowance.burst) &* 1000 else { return false }
            spent &+= cost &* 1000
            return true
        }

        mutating func earn(_ amount: UInt64) { spent = spent > amount &* 1000 ? spent &- amount &* 1000 : 0 }
    }
}
