/// Objects that are kept alive and never asked for: mostly one or two, a cluster and a filter, which lie in place.
struct Kept {
    private final class Several {
        let objects: [AnyObject]
        init(_ objects: [AnyObject]) { self.objects = objects }
    }
    private var first: AnyObject?
    /// The second, or all others.
    private var rest: AnyObject?

    init() {}

    mutating func add(_ object: AnyObject) {
        if first == nil {
            first = object
        } else {
            rest = rest.map { Several((($0 as? Several)?.objects ?? [$0]) + [object]) } ?? object
        }
    }

    mutating func add(_ objects: [some AnyObject]) { for object in objects { add(object) } }
}
