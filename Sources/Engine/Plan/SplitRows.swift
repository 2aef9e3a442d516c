import Balancing
import Pipeline

/// Arms of a rule. Most rules have one, that leads to one cluster.
struct SplitRow: BitwiseCopyable {
    /// As the rule was linked; none where there is one arm and it has a weight. What they are at the moment lies in the cell.
    var shares = Rows<ArmShare>.none
    var arms = Rows<ArmRow>.none
    var more = Sometimes<SplitMore>.nothing
}

/// What rules have that choose among arms.
struct SplitMore: BitwiseCopyable {
    /// In the table of splits, or -1.
    var cell: Int32 = -1
    /// Takes everything when it is not negative, unless it has no ready endpoint and is not forced.
    var active: Int32 = -1
    var isForced = false
    /// Which arms these are: a cell may be that of a newer rule of the same id.
    var signature: UInt64 = 0
    var tie = Tie.none
    var overrides = Rows<OverrideRow>.none
    /// Of the overrides.
    var table = ConditionTable()
}

struct ArmRow: BitwiseCopyable {
    var name: ByteRef
    var series: SeriesSlot
    var bounds: Rows<UInt32>
    var backends: Rows<BackendRow>
}

/// Requests that go to an arm whatever else holds.
struct OverrideRow: BitwiseCopyable {
    var firstCondition: Int32
    var conditionCount: Int32
    var arm: Int32
}

/// What ties clients to arms.
struct Tie: BitwiseCopyable {
    enum Kind: UInt8 { case none, cookie, header, address }
    var kind = Kind.none
    /// Seconds that a cookie counts; 0: as long as it is kept.
    var lifetime: UInt32 = 0
    /// Of the cookie, or of the header in lower case.
    var name = Rows<UInt8>.none
    /// The field's name, and what stands before and behind the token in it.
    var field = ByteRef.nothing
    var head = ByteRef.nothing
    var tail = ByteRef.nothing

    static let none = Tie()
}
