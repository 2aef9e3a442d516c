import Documents

/// One object in the versions that its kind is served in. Custom resources differ by their apiVersion only (conversion strategy None);
/// Events have two shapes.
extension KindSchema {
    /// A stored object as clients of this version see it.
    func served(_ object: Value) -> Value {
        if group == "events.k8s.io" { return EventShapes.modern(object, apiVersion) }
        guard object["apiVersion"]?.string != apiVersion else { return object }
        var object = object
        object["apiVersion"] = .string(apiVersion)
        return object
    }

    /// An object of this version as it is stored.
    func stored(_ object: Value) -> Value { group == "events.k8s.io" ? EventShapes.core(object) : object }
}

/// v1 and events.k8s.io/v1 name the same things differently (k8s.io/kubernetes/pkg/apis/events/v1/conversion.go).
enum EventShapes {
    private static let names = [
        ("involvedObject", "regarding"), ("message", "note"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"), ("source", "deprecatedSource"),
        ("reportingComponent", "reportingController"),
    ]

    static func modern(_ event: Value, _ apiVersion: String) -> Value { renamed(event, names, apiVersion) }
    static func core(_ event: Value) -> Value { renamed(event, names.map { ($1, $0) }, "v1") }

    private static func renamed(_ event: Value, _ names: [(String, String)], _ apiVersion: String) -> Value {
        let table = Dictionary(names) { first, _ in first }
        var renamed = Value.Fields((event.object?.entries ?? []).map { (table[$0.key] ?? $0.key, $0.value) })
        renamed["apiVersion"] = .string(apiVersion)
        return .object(renamed)
    }
}
