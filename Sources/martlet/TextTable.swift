import Foundation

/// Rows of cells as lines whose columns stand below each other.
enum TextTable {
    static func aligned(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "   ").replacing(#/ +$/#, with: "") + "\n"
        }.joined()
    }
}
