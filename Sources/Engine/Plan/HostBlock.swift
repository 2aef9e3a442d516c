import Base
import Graph
import Patterns

/// A compiled host and what it keeps alive. Immutable; shared by successive plans while the graph's host object stays the same.
@safe final class HostBlock: @unchecked Sendable {
    // Unchecked: constant after `init`.
    let host: Host
    /// The beginning of the memory in which its rows lie too.
    let header: UnsafePointer<HostHeader>
    /// Hash of the key from its last byte to its first: the hash of every suffix falls out of one pass.
    let hash: UInt64
    private let rules: RuleUses
    private let patterns: [Pattern]
    /// Nothing was wrong with it: the same host object would compile to the same block.
    let isFlawless: Bool

    /// - Parameter header: with its rows in memory that the block frees.
    init(
        host: Host, _ header: UnsafePointer<HostHeader>, hash: UInt64, rules: consuming RuleUses, patterns: [Pattern],
        isFlawless: Bool
    ) {
        self.host = host
        self.rules = rules
        self.hash = hash
        self.patterns = patterns
        self.isFlawless = isFlawless
        unsafe self.header = header
    }

    deinit { unsafe header.deallocate() }
}
