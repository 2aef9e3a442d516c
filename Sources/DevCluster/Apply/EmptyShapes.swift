import Documents

/// What built-in objects have in a real cluster although nobody wrote it: there they are Go structs, whose parts are empty and never absent.
/// Nobody owns these parts by writing something into them (`f:spec` is no member of a set, `f:livenessProbe` is one).
enum EmptyShapes {
    /// `object` with its kind's empty parts where it has none.
    static func completed(_ object: Value, _ kind: KindSchema) -> Value {
        guard let shape = shapes["\(kind.apiVersion) \(kind.kind)"] else { return object }
        return completed(object, by: shape)
    }

    private static func completed(_ value: Value, by shape: Value) -> Value {
        guard var members = value.object, let parts = shape.object else { return value }
        for (name, part) in parts.entries { members[name] = members[name].map { completed($0, by: part) } ?? part }
        return .object(members)
    }

    private static let pod: Value = ["spec": ["containers": .null], "status": [:]]
    private static let template: Value = ["metadata": [:], "spec": ["containers": .null]]

    private static let shapes: [String: Value] = [
        "v1 Namespace": ["spec": [:], "status": [:]], "v1 Node": ["spec": [:], "status": ["nodeInfo": [:]]],
        "v1 Service": ["spec": [:], "status": ["loadBalancer": [:]]], "v1 Pod": pod,
        "v1 Event": ["involvedObject": [:], "source": [:]],
        "events.k8s.io/v1 Event": ["regarding": [:], "deprecatedSource": [:]],
        "apps/v1 Deployment": ["spec": ["strategy": [:], "template": template], "status": [:]],
        "apps/v1 ReplicaSet": ["spec": ["template": template], "status": [:]],
        "networking.k8s.io/v1 Ingress": ["spec": [:], "status": ["loadBalancer": [:]]],
        "networking.k8s.io/v1 IngressClass": ["spec": [:]], "coordination.k8s.io/v1 Lease": ["spec": [:]],
        "discovery.k8s.io/v1 EndpointSlice": ["endpoints": .null, "ports": .null],
        "apiextensions.k8s.io/v1 CustomResourceDefinition": ["spec": ["names": [:], "versions": .null], "status": [:]],
    ]
}
