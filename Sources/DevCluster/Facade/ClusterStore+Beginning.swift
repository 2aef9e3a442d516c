import Documents

extension ClusterStore {
    /// What every cluster has from the start: its namespaces, and the Service that leads to the API server.
    func populate(apiPort: UInt16) throws(APIFailure) {
        let manager = "kube-apiserver"
        for name in Self.permanentNamespaces {
            try create(.namespaces, by: manager, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
        }
        let labels: Value = ["component": "apiserver", "provider": "kubernetes"]
        try create(
            .services, namespace: "default", by: manager,
            [
                "apiVersion": "v1", "kind": "Service", "metadata": ["name": "kubernetes", "labels": labels],
                "spec": [
                    "clusterIP": "10.96.0.1",
                    "ports": [["name": "https", "port": 443, "protocol": "TCP", "targetPort": .integer(Int64(apiPort))]],
                ],
            ])
        try create(
            .endpointSlices, namespace: "default", by: manager,
            [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": ["name": "kubernetes", "labels": ["kubernetes.io/service-name": "kubernetes"]], "addressType": "IPv4",
                "endpoints": [["addresses": ["127.0.0.1"], "conditions": ["ready": true]]],
                "ports": [["name": "https", "port": .integer(Int64(apiPort)), "protocol": "TCP"]],
            ])
    }
}
