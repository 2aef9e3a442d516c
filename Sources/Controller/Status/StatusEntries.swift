import Base
import Resources

/// The entries of a status book by object. Each lies in a box of its own, which is replaced when the entry changes.
struct StatusEntries {
    private final class Box: Sendable {
        let reference: ObjectReference
        let entry: StatusBook.Entry

        init(_ reference: ObjectReference, _ entry: StatusBook.Entry) {
            self.reference = reference
            self.entry = entry
        }
    }
    private var boxes = ObjectTable<Box>()

    var references: some Sequence<ObjectReference> { boxes.all.lazy.map(\.reference) }

    subscript(_ reference: ObjectReference) -> StatusBook.Entry? {
        get { boxes.first(reference.hashValue) { $0.reference == reference }?.entry }
        set {
            if let newValue {
                boxes.put(Box(reference, newValue), reference.hashValue) { $0.reference == reference }
            } else {
                boxes.remove(reference.hashValue) { $0.reference == reference }
            }
        }
    }

    /// Changes an entry, which is new when there is none.
    mutating func change(_ reference: ObjectReference, _ edit: (inout StatusBook.Entry) -> Void) {
        var entry = self[reference] ?? StatusBook.Entry()
        edit(&entry)
        self[reference] = entry
    }
}
