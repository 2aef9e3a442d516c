/// The rules that a host leads to: mostly one, which lies in place.
struct RuleUses: ~Copyable {
    private let first: RuleBlock?
    private let others: [RuleBlock]

    init(_ blocks: [RuleBlock]) {
        first = blocks.first
        others = Array(blocks.dropFirst())
        for block in blocks { block.store.use(block) }
    }

    deinit {
        if let first { first.store.drop(first) }
        for block in others { block.store.drop(block) }
    }
}
