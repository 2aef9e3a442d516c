import Documents

/// The kinds that the cluster serves from the start, described by the schema files beside this one.
enum BuiltInKinds {
    static let all: [KindSchema] = {
        func kind(_ group: String, _ version: String, _ kind: String, _ plural: String, _ isNamespaced: Bool = true) -> KindSchema
        {
            KindSchema(group: group, version: version, kind: kind, plural: plural, isNamespaced: isNamespaced)
        }
        return [
            kind("", "v1", "Namespace", "namespaces", false), kind("", "v1", "Pod", "pods"),
            kind("", "v1", "Service", "services"),
            kind("", "v1", "Endpoints", "endpoints"), kind("", "v1", "ConfigMap", "configmaps"),
            kind("", "v1", "Secret", "secrets"),
            kind("", "v1", "ServiceAccount", "serviceaccounts"), kind("", "v1", "Event", "events"),
            kind("", "v1", "Node", "nodes", false),
            kind("apps", "v1", "Deployment", "deployments"), kind("apps", "v1", "ReplicaSet", "replicasets"),
            kind("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
            kind("networking.k8s.io", "v1", "Ingress", "ingresses"),
            kind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", false),
            kind("coordination.k8s.io", "v1", "Lease", "leases"),
            kind("events.k8s.io", "v1", "Event", "events"),
            kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false),
            kind("authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
        ]
    }()
}
