public import Documents

extension ClusterStore {
    /// What every cluster has from the start: its namespaces, and the Service that leads to the API server. What an earlier run has kept
    /// stays; only the way to the API server is that of this run.
    func populate(apiPort: UInt16) throws(APIFailure) {
        let manager = "kube-apiserver"
        for name in Self.permanentNamespaces {
            try ensure(.namespaces, by: manager, ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(name)]])
        }
        let labels: Value = ["component": "apiserver", "provider": "kubernetes"]
        let port = Value.integer(Int64(apiPort))
        let ports: Value = [["name": "https", "port": 443, "protocol": "TCP", "targetPort": port]]
        try ensure(
            .services, by: manager,
            [
                "apiVersion": "v1", "kind": "Service",
                "metadata": ["name": "kubernetes", "namespace": "default", "labels": labels],
                "spec": ["clusterIP": "10.96.0.1", "ports": ports],
            ]
        ) { $0["spec"]?["ports"] = ports }
        let endpointPorts: Value = [["name": "https", "port": port, "protocol": "TCP"]]
        try ensure(
            .endpointSlices, by: manager,
            [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": [
                    "name": "kubernetes", "namespace": "default", "labels": ["kubernetes.io/service-name": "kubernetes"],
                ],
                "addressType": "IPv4", "endpoints": [["addresses": ["127.0.0.1"], "conditions": ["ready": true]]],
                "ports": endpointPorts,
            ]
        ) { $0["ports"] = endpointPorts }
    }

    /// Makes an object, or changes the one that is there.
    public func ensure(
        _ resource: ResourceKey, by manager: String = WriteOptions().manager, _ object: Value,
        update: (inout Value) -> Void = { _ in }
    ) throws(APIFailure) {
        if self.object(resource, namespace: object.namespace, name: object.name) == nil {
            try create(resource, by: manager, object)
        } else {
            try edit(resource, namespace: object.namespace, name: object.name, by: manager) { update(&$0) }
        }
    }
}
