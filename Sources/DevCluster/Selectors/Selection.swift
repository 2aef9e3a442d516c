import Documents

/// Which objects of a collection a list, a watch or a deletion is about.
struct Selection: Sendable {
    /// Nil: all.
    var namespace: String?
    var labels = LabelSelector.everything
    var fields = FieldSelector.everything

    func contains(_ object: StoredObject) -> Bool {
        (namespace == nil || object.key.namespace == namespace) && labels.matches(object.labels) && fields.matches(object.value)
    }

    /// How this selection sees an event: an object that begins to match was added, one that ceases to was deleted.
    func view(of event: StoreEvent) -> StoreEvent.Kind? {
        let was = event.previous.map(contains) ?? false
        let isNow = event.kind != .deleted && contains(event.object)
        return switch (was, isNow) {
        case (false, false): nil
        case (false, true): .added
        case (true, true): .modified
        case (true, false): .deleted
        }
    }
}
