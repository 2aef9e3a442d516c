public import Documents

/// What is kept of the objects that a list or watch brings. It is made where they arrive, many at once.
public struct ObjectReader: Sendable {
    /// What an object is kept as, and what else was made of it.
    public typealias Kept = (packed: Packed, note: (any Sendable)?)

    let omittedOfItems: JSONOmissions
    let omittedOfEvents: JSONOmissions
    /// The server is asked for nothing but `metadata`; one that cannot do that sends everything.
    let isMetadataOnly: Bool
    let keep: @Sendable (Packed) -> Kept

    /// - Parameters:
    ///   - unread: members that are not even read; what is kept of an object must not depend on them.
    ///   - isMetadataOnly: nothing but `metadata` is wanted (PartialObjectMetadata, meta.k8s.io/v1).
    ///   - keep: makes of an object without its bookkeeping what is kept of it. The object stays named as it was.
    public init(unread: [[String]] = [], isMetadataOnly: Bool = false, keep: @escaping @Sendable (Packed) -> Kept) {
        self.isMetadataOnly = isMetadataOnly
        let paths = Object.bookkeepingPaths + unread
        omittedOfItems = JSONOmissions(paths.map { ["items", JSONOmissions.eachElement] + $0 })
        omittedOfEvents = JSONOmissions(paths.map { ["object"] + $0 })
        self.keep = keep
    }

    /// What the server is asked for, in the header `Accept`.
    func accept(list: Bool) -> String {
        guard isMetadataOnly else { return "application/json" }
        return "application/json;as=PartialObjectMetadata\(list ? "List" : "");g=meta.k8s.io;v=v1,application/json"
    }

    /// Keeps everything but bookkeeping.
    public static let whole = ObjectReader { ($0, nil) }
}
