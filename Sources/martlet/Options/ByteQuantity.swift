/// A number of bytes as Kubernetes writes it: `256Mi`, `1G`, `1048576`.
struct ByteQuantity {
    let bytes: Int

    private static let units: [(suffix: String, factor: Int)] = [
        ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("k", 1000), ("M", 1_000_000), ("G", 1_000_000_000),
    ]

    /// nil for what is no quantity, and beyond what there can be.
    init?(_ text: String) {
        let unit = Self.units.first { text.hasSuffix($0.suffix) }
        guard let number = Int(text.dropLast(unit?.suffix.count ?? 0)), number >= 0 else { return nil }
        let (product, isBeyond) = number.multipliedReportingOverflow(by: unit?.factor ?? 1)
        guard !isBeyond, product < 1 << 40 else { return nil }
        bytes = product
    }
}
