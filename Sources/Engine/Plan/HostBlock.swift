import Base
import Graph
import Patterns

/// A compiled host and what it keeps alive. Immutable; shared by successive plans while the graph's host object stays the same.
@safe final class HostBlock: @unchecked Sendable {
    // Unchecked: constant after `init`.
    let host: Host
    let header: UnsafePointer<HostHeader>
    /// Hash of the key from its last byte to its first: the hash of every suffix falls out of one pass.
    let hash: UInt64
    private let arena: Arena
    private let rules: [RuleBlock]
    private let patterns: [Pattern]
    /// Nothing was wrong with it: the same host object would compile to the same block.
    let isFlawless: Bool

    /// - Parameter header: in the arena.
    init(
        host: Host, _ header: UnsafePointer<HostHeader>, hash: UInt64, arena: Arena, rules: [RuleBlock], patterns: [Pattern],
        isFlawless: Bool
    ) {
        self.host = host
        self.hash = hash
        self.arena = arena
        self.rules = rules
        self.patterns = patterns
        self.isFlawless = isFlawless
        unsafe self.header = header
    }
}
