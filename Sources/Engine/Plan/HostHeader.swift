import Patterns

/// A compiled host: the head of one block of rows. Workers reach it by address through their plan.
@safe struct HostHeader {
    /// What the host table compares: the exact name, or the wildcard's suffix.
    var key = Rows<UInt8>.none
    /// All texts of this host, one behind the other.
    var texts = Rows<UInt8>.none
    /// Where paths are told apart.
    var paths = Sometimes<PathTables>.nothing
    /// First entry whose prefix is `/`, or -1.
    var rootEntry: Int32 = -1
    /// Connections come to it, and no requests: the paths lead nowhere.
    var isJoined = false
    var entries = Rows<EntryRow>.none
    /// Where paths alone do not decide.
    var more = Sometimes<MoreRows>.nothing

    struct PathTables: BitwiseCopyable {
        var exact = PathTable()
        var prefixes = PathTable()
    }

    struct MoreRows: BitwiseCopyable {
        var regexes = Rows<RegexRow>.none
        /// With the host's texts.
        var table = ConditionTable()
    }

    var regexes: Rows<RegexRow> { more.value?.regexes ?? .none }
    var patterns: Rows<PatternHandle> { more.value?.table.patterns ?? .none }
    /// Conditions of the entries.
    var table: ConditionTable { more.value?.table ?? ConditionTable() }
}

/// One entry. Its index is its place in the graph's order: the smallest that matches wins.
struct EntryRow: BitwiseCopyable {
    /// Row of the rule.
    var rule: Int32
    /// Bytes that a prefix match covers; -1: the whole path.
    var prefixLength: Int32
    var firstCondition: Int32
    var conditionCount: Int32
    /// Next entry with the same path condition, or -1.
    var next: Int32
}

struct RegexRow: BitwiseCopyable {
    var entry: Int32
    var pattern: Int32
}

/// An open-addressed table of paths.
struct PathTable: BitwiseCopyable {
    var slots = Rows<PathSlot>.none
    var mask: UInt32 = 0
    /// Longest key.
    var maximumLength: Int32 = -1
    /// Bit min(length, 63) of every key.
    var lengths: UInt64 = 0

    @inline(__always) func mayHold(length: Int) -> Bool { lengths & (1 &<< UInt64(truncatingIfNeeded: min(length, 63))) != 0 }
}

struct PathSlot: BitwiseCopyable {
    var hash: UInt32
    var length: UInt32
    /// Offset in the host's texts.
    var text: Int32
    /// First entry with this path, or -1 in an empty slot.
    var first: Int32
    /// Slot of the longest other prefix that contains this one, or -1.
    var parent: Int32

    static let empty = PathSlot(hash: 0, length: 0, text: 0, first: -1, parent: -1)
}
