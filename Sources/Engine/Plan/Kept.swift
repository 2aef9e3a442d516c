/// Objects that are kept alive and never asked for: mostly one, which lies in place.
struct Kept {
    private var first: AnyObject?
    private var others: [AnyObject] = []

    init() {}

    mutating func add(_ object: AnyObject) {
        if first == nil { first = object } else { others.append(object) }
    }

    mutating func add(_ objects: [some AnyObject]) { for object in objects { add(object) } }
}
