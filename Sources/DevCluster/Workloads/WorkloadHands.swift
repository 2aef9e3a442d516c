import Documents
import Foundation

/// What the workload controllers do to the store. A write that comes too late (the object is gone, or somebody was faster) is no error:
/// the controllers look at the whole world again after every change.
struct WorkloadHands: Sendable {
    let store: ClusterStore
    /// Called with what could not be written and why.
    let complain: @Sendable (String) -> Void
    let events: WorkloadEvents
    /// The program of a real cluster whose part is played, which then owns the fields that are written.
    var manager = controllerManager

    static let controllerManager = "kube-controller-manager"
    static let kubelet = "kubelet"

    var now: Date { store.settings.clock() }
    var timestamp: String { Timestamps.text(now) }

    init(_ store: ClusterStore, complain: @escaping @Sendable (String) -> Void) {
        self.store = store
        self.complain = complain
        events = WorkloadEvents(store)
    }

    func playing(_ manager: String) -> WorkloadHands {
        var hands = self
        hands.manager = manager
        return hands
    }

    @discardableResult
    func create(_ resource: ResourceKey, _ object: Value) -> Value? {
        attempt { () throws(APIFailure) in try store.create(resource, by: manager, object) }
    }

    func delete(_ resource: ResourceKey, _ object: Value, grace: Int64? = nil) {
        var options = DeleteOptions()
        options.uid = object.uid
        options.graceSeconds = grace
        attempt { () throws(APIFailure) in try store.delete(resource, namespace: object.namespace, name: object.name, options) }
    }

    func edit(_ resource: ResourceKey, _ object: Value, _ subresource: Subresource = .object, _ change: (inout Value) -> Void) {
        attempt { () throws(APIFailure) in
            try store.edit(resource, namespace: object.namespace, name: object.name, subresource, by: manager) {
                current in
                // A new object of the same name is not the one that was looked at.
                if current.uid == object.uid { change(&current) }
            }
        }
    }

    @discardableResult
    private func attempt<R>(_ body: () throws(APIFailure) -> R) -> R? {
        do throws(APIFailure) {
            return try body()
        } catch {
            if !["NotFound", "Conflict", "AlreadyExists"].contains(error.reason),
                error.causes.first?.reason != "NamespaceTerminating"
            {
                complain(error.message)
            }
            return nil
        }
    }
}

// MARK: - Owners

extension Value {
    /// The uid of the owner that manages this object.
    var controllerUID: String? { owners.first { $0["controller"]?.bool ?? false }?["uid"]?.string }

    /// The reference with which this object owns others.
    var asOwner: Value {
        [
            "apiVersion": self["apiVersion"] ?? "", "kind": self["kind"] ?? "", "name": .string(name), "uid": .string(uid),
            "controller": true,
            "blockOwnerDeletion": true,
        ]
    }

    var labelFields: Value.Fields { self[at: "metadata", "labels"]?.object ?? Value.Fields() }
    func annotation(_ name: String) -> String? { self[at: "metadata", "annotations"]?[name]?.string }

    mutating func setAnnotation(_ name: String, _ text: String) {
        var annotations = self[at: "metadata", "annotations"] ?? [:]
        annotations[name] = .string(text)
        setMetadata("annotations", annotations)
    }

    /// `spec.replicas` as its default says when it is absent.
    var wantedReplicas: Int { Int(self[at: "spec", "replicas"]?.integer ?? 1) }
    func statusCount(_ member: String) -> Int { Int(self[at: "status"]?[member]?.integer ?? 0) }

    func condition(_ type: String) -> Value? {
        self[at: "status", "conditions"]?.array?.first { $0["type"]?.string == type }
    }
}

/// Conditions of a status, whose transition times move only when the status does.
struct Conditions {
    private(set) var all: [Value]
    private let now: String

    init(_ object: Value, now: String) {
        all = object[at: "status", "conditions"]?.array ?? []
        self.now = now
    }

    mutating func set(_ type: String, _ isTrue: Bool, reason: String = "", message: String = "", hasUpdateTime: Bool = false) {
        let old = all.first { $0["type"]?.string == type }
        let status: Value = isTrue ? "True" : "False"
        var condition: Value = ["type": .string(type), "status": status]
        condition["lastTransitionTime"] = old?["status"] == status ? old?["lastTransitionTime"] : .string(now)
        if hasUpdateTime {
            let isSame = old?["status"] == status && old?["reason"]?.string == reason && old?["message"]?.string == message
            condition["lastUpdateTime"] = isSame ? old?["lastUpdateTime"] : .string(now)
        }
        if !reason.isEmpty { condition["reason"] = .string(reason) }
        if !message.isEmpty { condition["message"] = .string(message) }
        if let at = all.firstIndex(where: { $0["type"]?.string == type }) { all[at] = condition } else { all.append(condition) }
    }
}
