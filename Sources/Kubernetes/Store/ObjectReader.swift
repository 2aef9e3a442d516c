public import Documents

/// What is kept of the objects that a list or watch brings. It is made where they arrive, many at once.
public struct ObjectReader: Sendable {
    /// What an object is kept as, and what else was made of it.
    public typealias Kept = (packed: Packed, note: (any AnyObject & Sendable)?)

    let omittedOfItems: JSONOmissions
    let omittedOfEvents: JSONOmissions
    let keep: @Sendable (Packed) -> Kept

    /// - Parameters:
    ///   - unread: members that are not even read; what is kept of an object must not depend on them.
    ///   - keep: makes of an object without its bookkeeping what is kept of it. The object stays named as it was.
    public init(unread: [[String]] = [], keep: @escaping @Sendable (Packed) -> Kept) {
        let paths = Object.bookkeepingPaths + unread
        omittedOfItems = JSONOmissions(paths.map { ["items", JSONOmissions.eachElement] + $0 })
        omittedOfEvents = JSONOmissions(paths.map { ["object"] + $0 })
        self.keep = keep
    }

    /// Keeps everything but bookkeeping.
    public static let whole = ObjectReader { ($0, nil) }
}
