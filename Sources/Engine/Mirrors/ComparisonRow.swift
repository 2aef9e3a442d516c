import Base
import Pipeline

/// The two answers of one request that was copied, as far as they are known. Plain data; freed when both exchanges are over, whichever is
/// first.
struct ComparisonRow: SlabElement {
    struct Side: BitwiseCopyable {
        var status: UInt16 = 0
        /// The answer came to its end, and was the endpoint's.
        var isWhole = false
        var isOver = false
        /// Nanoseconds from the request's last byte to the answer's first.
        var latency: UInt64 = 0
        var body = PieceHash()
        /// A hash of each compared field's values; 0 without the field.
        var headers = SIMD16<UInt64>(repeating: 0)
    }

    var primary = Side()
    var mirror = Side()
    /// Place in the rule's list of mirrors.
    var place: Int32 = 0
    /// The next comparison of the same original, or -1.
    var next: Int32 = -1

    init() {}
}
