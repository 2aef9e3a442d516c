/// Texts that stand in most objects of a cluster: in a packed document each is one byte.
///
/// The order is the code. Nothing packed leaves the process, so the list may change with every build.
enum PackedWords {
    static let texts: [String] = [
        // Every object
        "apiVersion", "kind", "metadata", "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
        "deletionTimestamp", "labels", "annotations", "spec", "status", "type", "data", "stringData", "v1", "default",
        "kube-system",
        "app", "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/part-of", "app.kubernetes.io/component",
        "app.kubernetes.io/managed-by", "app.kubernetes.io/version", "helm.sh/chart", "Helm",
        // Services
        "Service", "ports", "port", "protocol", "targetPort", "nodePort", "appProtocol", "selector", "clusterIP", "clusterIPs",
        "ClusterIP", "NodePort", "LoadBalancer", "ExternalName", "externalName", "sessionAffinity", "None",
        "internalTrafficPolicy",
        "externalTrafficPolicy", "Cluster", "Local", "ipFamilies", "ipFamilyPolicy", "SingleStack", "IPv4", "IPv6",
        "loadBalancer",
        "ingress", "ip", "hostname", "publishNotReadyAddresses", "TCP", "UDP", "http", "https", "grpc",
        // EndpointSlices
        "EndpointSlice", "discovery.k8s.io/v1", "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by",
        "endpointslice-controller.k8s.io", "addressType", "FQDN", "endpoints", "addresses", "conditions", "ready", "serving",
        "terminating", "nodeName", "zone", "hints", "forZones", "targetRef", "Pod",
        // Routes
        "Route", "martlet.dev/v1alpha1", "ingressClassName", "martlet", "hostnames", "rules", "matches", "path", "value", "Exact",
        "PathPrefix", "RegularExpression", "Present", "Absent", "method", "GET", "POST", "PUT", "DELETE", "PATCH", "headers",
        "queryParams", "cookies", "sourceCIDRs", "backendRefs", "weight", "group", "split", "arms", "activeArm", "stable",
        "canary",
        "sessionPersistence", "filters", "RequestHeaderModifier", "requestHeaderModifier", "ResponseHeaderModifier",
        "responseHeaderModifier", "RequestRedirect", "requestRedirect", "URLRewrite", "urlRewrite", "DirectResponse",
        "directResponse",
        "set", "add", "remove", "statusCode", "body", "contentType", "timeouts", "request", "backendRequest", "retry", "attempts",
        "codes", "tls", "secretName",
        // Statuses
        "parents", "parentRef", "controllerName", "martlet.dev/ingress-controller", "IngressClass", "networking.k8s.io",
        "observedGeneration", "lastTransitionTime", "reason", "message", "True", "False", "Unknown", "Accepted", "ResolvedRefs",
        "Programmed",
        // Ingresses and Secrets
        "Ingress", "networking.k8s.io/v1", "hosts", "host", "paths", "pathType", "Prefix", "ImplementationSpecific", "backend",
        "service", "number", "defaultBackend", "Secret", "kubernetes.io/tls", "Opaque", "tls.crt", "tls.key", "Namespace",
        "controller", "/",
    ]

    static let codes: [String: UInt8] = Dictionary(
        uniqueKeysWithValues: texts.enumerated().map { ($1, UInt8($0)) })
}
