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

    /// Finds words by their bytes: an open-addressed table, since every text of every object is looked up.
    struct Table {
        private static let size = 1024
        private static let none = UInt8.max
        private var slots = [UInt8](repeating: none, count: size)
        private let words = texts.map { Array($0.utf8) }

        init() {
            for (code, word) in words.enumerated() {
                var i = Self.slot(word.span)
                while slots[i] != Self.none { i = (i + 1) % Self.size }
                slots[i] = UInt8(code)
            }
        }

        private static func slot(_ bytes: Span<UInt8>) -> Int {
            guard !bytes.isEmpty else { return 0 }
            let (first, middle, last) = (Int(bytes[0]), Int(bytes[bytes.count / 2]), Int(bytes[bytes.count - 1]))
            return (bytes.count &* 613 &+ first &* 131 &+ middle &* 29 &+ last &* 7) % size
        }

        private static func isSame(_ a: [UInt8], _ b: Span<UInt8>) -> Bool {
            guard a.count == b.count else { return false }
            for i in a.indices where a[i] != b[i] { return false }
            return true
        }

        func code(_ bytes: Span<UInt8>) -> UInt8? {
            var i = Self.slot(bytes)
            while slots[i] != Self.none {
                if Self.isSame(words[Int(slots[i])], bytes) { return slots[i] }
                i = (i + 1) % Self.size
            }
            return nil
        }
    }

    static let table = Table()
}
