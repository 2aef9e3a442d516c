import Documents

/// Cells of built-in kinds that no path can say.
enum KindCells {
    /// Nil: the column's path says it.
    typealias Maker = (_ column: String, _ context: CellContext) -> Value?

    static func maker(for kind: KindSchema) -> Maker? { nil }
}
