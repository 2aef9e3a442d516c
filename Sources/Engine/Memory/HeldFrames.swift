import Base

/// Frames of one HTTP/2 connection that wait for others, so that they leave together; see `Worker+Wire`.
struct HeldFrames: ~Copyable, SlabElement {
    /// More than this is not worth waiting for.
    static let size = 8192

    let bytes = Buffer(capacity: HeldFrames.size)
    var count = 0

    init() {}

    /// False, and nothing was done, when there is no room.
    mutating func append(_ frames: borrowing Span<UInt8>) -> Bool {
        guard count &+ frames.count <= Self.size else { return false }
        count = bytes.write(frames, at: count)
        return true
    }
}
