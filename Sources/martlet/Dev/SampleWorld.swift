import DevCluster
import Documents
import Resources

/// What a development cluster begins with, besides what every cluster has: Martlet's kinds, its class as the default one, and three
/// versions of a sample application, each a Deployment and a Service.
///
/// A cluster that was kept by an earlier run has only its definitions brought up to date: whatever of the rest somebody deleted, they
/// meant to.
enum SampleWorld {
    static let versions = ["v1", "v2", "v3"]

    static func create(in store: ClusterStore) throws(APIFailure) {
        for definition in CustomResourceDefinitions.all {
            try store.ensure(.customResourceDefinitions, definition) { $0["spec"] = definition["spec"] }
        }
        let home = store.object(.namespaces, name: mark.namespace)
        guard home?[at: "metadata", "annotations"]?[mark.annotation] == nil else { return }
        try store.ensure(.ingressClasses, ingressClass)
        for version in versions {
            try store.ensure(.deployments, deployment(version))
            try store.ensure(.services, service(version))
        }
        try store.edit(.namespaces, name: mark.namespace) { home in
            var annotations = home[at: "metadata", "annotations"] ?? [:]
            annotations[mark.annotation] = "created"
            home["metadata"]?["annotations"] = annotations
        }
    }

    /// Says that the sample world was made once.
    private static let mark = (namespace: "kube-system", annotation: "dev.martlet.dev/sample-world")

    private static let ingressClass: Value = [
        "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass",
        "metadata": ["name": "martlet", "annotations": ["ingressclass.kubernetes.io/is-default-class": "true"]],
        "spec": ["controller": "martlet.dev/ingress-controller"],
    ]

    private static func deployment(_ version: String) -> Value {
        let labels = self.labels(version)
        let container: Value = [
            "name": "sample", "image": .string("martlet/sample:\(version)"), "ports": [["name": "http", "containerPort": 8080]],
        ]
        return [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": ["name": .string("web-\(version)"), "namespace": "default", "labels": labels],
            "spec": [
                "replicas": 2, "selector": ["matchLabels": labels],
                "template": ["metadata": ["labels": labels], "spec": ["containers": [container]]],
            ],
        ]
    }

    private static func service(_ version: String) -> Value {
        [
            "apiVersion": "v1", "kind": "Service",
            "metadata": ["name": .string("web-\(version)"), "namespace": "default", "labels": labels(version)],
            "spec": ["selector": labels(version), "ports": [["name": "http", "port": 80, "targetPort": "http"]]],
        ]
    }

    private static func labels(_ version: String) -> Value { ["app": "web", "version": .string(version)] }
}
