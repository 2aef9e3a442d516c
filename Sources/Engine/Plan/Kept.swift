/// Objects that are kept alive and never asked for: mostly one or none, and then it takes a word.
struct Kept {
    private final class Several {
        let objects: [AnyObject]
        init(_ objects: [AnyObject]) { self.objects = objects }
    }
    /// The only one, or all of them.
    private var object: AnyObject?

    init() {}

    mutating func add(_ new: AnyObject) {
        object = object.map { Several((($0 as? Several)?.objects ?? [$0]) + [new]) } ?? new
    }

    mutating func add(_ objects: [some AnyObject]) { for object in objects { add(object) } }
}
