public import Documents

/// What is kept of the objects that a list or watch brings. It is made where they arrive, from the tree that is there anyway: a tree costs
/// more to make than all that is done with it.
public struct ObjectReader: Sendable {
    /// What an object is kept as, and what else was made of its tree.
    public typealias Kept = (packed: Packed, note: (any AnyObject & Sendable)?)

    let omittedOfItems: JSONOmissions
    let omittedOfEvents: JSONOmissions
    let keep: @Sendable (Value) -> Kept

    /// - Parameters:
    ///   - unread: members that are not even built; what is kept of an object must not depend on them.
    ///   - keep: makes of an object without its bookkeeping what is kept of it. The object stays named as it was.
    public init(unread: [[String]] = [], keep: @escaping @Sendable (Value) -> Kept) {
        let paths = Object.bookkeepingPaths + unread
        omittedOfItems = JSONOmissions(paths.map { ["items", JSONOmissions.eachElement] + $0 })
        omittedOfEvents = JSONOmissions(paths.map { ["object"] + $0 })
        self.keep = keep
    }

    /// Keeps everything but bookkeeping.
    public static let whole = ObjectReader { (Packed($0), nil) }
}
