import Documents
import Synchronization

/// Writes Events as the controllers of a real cluster do: what repeats is counted in one Event.
final class WorkloadEvents: Sendable {
    private struct Key: Hashable {
        var uid: String
        var reason: String
        var message: String
    }

    private let store: ClusterStore
    private let written = Mutex<[Key: ObjectKey]>([:])
    /// Forgetting an Event's name only means that the next one is another Event.
    private static let remembered = 2_048

    init(_ store: ClusterStore) { self.store = store }

    func normal(_ object: Value, _ reason: String, _ message: String, from component: String) {
        write(object, "Normal", reason, message, component)
    }

    func warning(_ object: Value, _ reason: String, _ message: String, from component: String) {
        write(object, "Warning", reason, message, component)
    }

    /// Says something that stays true only once.
    func warningOnce(_ object: Value, _ reason: String, _ message: String, from component: String) {
        let key = Key(uid: object.uid, reason: reason, message: message)
        if written.withLock({ $0[key] }) == nil { write(object, "Warning", reason, message, component) }
    }

    private func write(_ object: Value, _ type: String, _ reason: String, _ message: String, _ component: String) {
        let key = Key(uid: object.uid, reason: reason, message: message)
        let manager = component == WorkloadHands.kubelet ? component : WorkloadHands.controllerManager
        let now = Value.string(Timestamps.text(store.settings.clock()))
        if let known = written.withLock({ $0[key] }) {
            let again = try? store.edit(.events, namespace: known.namespace, name: known.name, by: manager) { event in
                event["count"] = .integer((event["count"]?.integer ?? 1) + 1)
                event["lastTimestamp"] = now
            }
            if again != nil { return }
        }
        let namespace = object.namespace.isEmpty ? "default" : object.namespace
        let event: Value = [
            "metadata": ["generateName": .string("\(object.name)."), "namespace": .string(namespace)],
            "involvedObject": [
                "apiVersion": object["apiVersion"] ?? "", "kind": object["kind"] ?? "", "namespace": .string(object.namespace),
                "name": .string(object.name), "uid": .string(object.uid), "resourceVersion": .string(object.resourceVersion),
            ],
            "type": .string(type), "reason": .string(reason), "message": .string(message),
            "source": ["component": .string(component)],
            "reportingComponent": .string(component), "reportingInstance": "", "count": 1, "firstTimestamp": now,
            "lastTimestamp": now,
        ]
        // In a namespace that is going away nothing new can be said, and nobody would read it.
        guard let stored = try? store.create(.events, by: manager, event) else { return }
        written.withLock { known in
            if known.count >= Self.remembered { known.removeAll() }
            known[key] = ObjectKey(namespace: namespace, name: stored.name)
        }
    }
}
