/// Kubernetes' protobuf messages, as far as clients send them here: `kubectl create` and `kubectl auth` of 1.32, event recorders, leases.
///
/// One line a message: `number name type`, with the numbers of k8s.io/api's generated.proto.
/// - `[]T` a list, `{}T` a map of strings, `&T` a message whose members belong to the outer one
/// - `T?` a pointer in Go: zero or empty means something. Others are written even when nobody set them, and zero means absent.
/// - `skip`: accepted and dropped, as it is in JSON
struct ProtobufMessages: Sendable {
    struct Field: Sendable {
        enum Shape: Sendable { case single, list, map, inline }
        var name: String
        var type: String
        var shape: Shape
        var isPointer: Bool
    }

    private let messages: [String: [Int: Field]]
    /// "v1 Event" to the message's name, where it is not the kind.
    private static let renamed = ["events.k8s.io/v1 Event": "ModernEvent"]

    static let all = ProtobufMessages(table)

    init(_ table: String) {
        var messages: [String: [Int: Field]] = [:]
        for line in table.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            var fields: [Int: Field] = [:]
            for entry in parts.count == 2 ? parts[1].split(separator: ",") : [] {
                let words = entry.split(separator: " ")
                guard words.count == 3, let number = Int(words[0]) else { continue }
                fields[number] = Field(name: String(words[1]), words[2])
            }
            messages[String(parts[0])] = fields
        }
        self.messages = messages
    }

    var names: [String] { messages.keys.sorted() }

    /// Nil: no such message.
    func fields(of message: String) -> [Int: Field]? { messages[message] }

    func message(apiVersion: String, kind: String) -> String? {
        let name = Self.renamed["\(apiVersion) \(kind)"] ?? kind
        return messages[name] == nil ? nil : name
    }

    private static let table = """
        Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus
        NamespaceSpec: 1 finalizers []string
        NamespaceStatus: 1 phase string
        ConfigMap: 1 metadata ObjectMeta, 2 data {}string, 3 binaryData {}bytes, 4 immutable bool?
        Secret: 1 metadata ObjectMeta, 2 data {}bytes, 3 type string, 4 stringData {}string, 5 immutable bool?
        ServiceAccount: 1 metadata ObjectMeta, 2 secrets []ObjectReference, 3 imagePullSecrets []LocalObjectReference,\
         4 automountServiceAccountToken bool?
        LocalObjectReference: 1 name string
        ObjectReference: 1 kind string, 2 namespace string, 3 name string, 4 uid string, 5 apiVersion string, 6 resourceVersion string,\
         7 fieldPath string
        Service: 1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ServiceStatus
        ServiceSpec: 1 ports []ServicePort, 2 selector {}string, 3 clusterIP string, 4 type string, 5 externalIPs []string,\
         7 sessionAffinity string, 8 loadBalancerIP string, 9 loadBalancerSourceRanges []string, 10 externalName string,\
         11 externalTrafficPolicy string, 12 healthCheckNodePort int, 13 publishNotReadyAddresses bool, 14 sessionAffinityConfig SessionAffinityConfig,\
         17 ipFamilyPolicy string, 18 clusterIPs []string, 19 ipFamilies []string, 20 allocateLoadBalancerNodePorts bool?,\
         21 loadBalancerClass string, 22 internalTrafficPolicy string, 23 trafficDistribution string
        ServicePort: 1 name string, 2 protocol string, 3 port int, 4 targetPort IntOrString, 5 nodePort int, 6 appProtocol string
        ServiceStatus: 1 loadBalancer LoadBalancerStatus, 2 conditions skip
        SessionAffinityConfig: 1 clientIP ClientIPConfig
        ClientIPConfig: 1 timeoutSeconds int?
        LoadBalancerStatus: 1 ingress []LoadBalancerIngress
        LoadBalancerIngress: 1 ip string, 2 hostname string, 3 ipMode string, 4 ports skip
        Endpoints: 1 metadata ObjectMeta, 2 subsets []EndpointSubset
        EndpointSubset: 1 addresses []EndpointAddress, 2 notReadyAddresses []EndpointAddress, 3 ports []EndpointPort
        EndpointAddress: 1 ip string, 2 targetRef ObjectReference, 3 hostname string, 4 nodeName string
        EndpointPort: 1 name string, 2 port int, 3 protocol string, 4 appProtocol string
        EndpointSlice: 1 metadata ObjectMeta, 2 endpoints []SliceEndpoint, 3 ports []SlicePort, 4 addressType string
        SliceEndpoint: 1 addresses []string, 2 conditions EndpointConditions, 3 hostname string, 4 targetRef ObjectReference,\
         5 deprecatedTopology {}string, 6 nodeName string, 7 zone string, 8 hints EndpointHints
        EndpointConditions: 1 ready bool?, 2 serving bool?, 3 terminating bool?
        EndpointHints: 1 forZones []NamedHint, 2 forNodes []NamedHint
        NamedHint: 1 name string
        SlicePort: 1 name string?, 2 protocol string, 3 port int?, 4 appProtocol string
        Ingress: 1 metadata ObjectMeta, 2 spec IngressSpec, 3 status IngressStatus
        IngressSpec: 1 defaultBackend IngressBackend, 2 tls []IngressTLS, 3 rules []IngressRule, 4 ingressClassName string
        IngressBackend: 3 resource TypedLocalObjectReference, 4 service IngressServiceBackend
        IngressServiceBackend: 1 name string, 2 port ServiceBackendPort
        ServiceBackendPort: 1 name string, 2 number int
        TypedLocalObjectReference: 1 apiGroup string, 2 kind string, 3 name string
        IngressTLS: 1 hosts []string, 2 secretName string
        IngressRule: 1 host string, 2 value &IngressRuleValue
        IngressRuleValue: 1 http HTTPIngressRuleValue
        HTTPIngressRuleValue: 1 paths []HTTPIngressPath
        HTTPIngressPath: 1 path string, 2 backend IngressBackend, 3 pathType string
        IngressStatus: 1 loadBalancer IngressLoadBalancerStatus
        IngressLoadBalancerStatus: 1 ingress []IngressLoadBalancerIngress
        IngressLoadBalancerIngress: 1 ip string, 2 hostname string, 4 ports skip
        IngressClass: 1 metadata ObjectMeta, 2 spec IngressClassSpec
        IngressClassSpec: 1 controller string, 2 parameters IngressClassParameters
        IngressClassParameters: 1 apiGroup string, 2 kind string, 3 name string, 4 scope string, 5 namespace string
        Lease: 1 metadata ObjectMeta, 2 spec LeaseSpec
        LeaseSpec: 1 holderIdentity string?, 2 leaseDurationSeconds int?, 3 acquireTime MicroTime, 4 renewTime MicroTime, 5 leaseTransitions int?,\
         6 strategy string, 7 preferredHolder string
        Event: 1 metadata ObjectMeta, 2 involvedObject ObjectReference, 3 reason string, 4 message string, 5 source EventSource, 6 firstTimestamp Time,\
         7 lastTimestamp Time, 8 count int, 9 type string, 10 eventTime MicroTime, 11 series EventSeries, 12 action string, 13 related ObjectReference,\
         14 reportingComponent string, 15 reportingInstance string
        ModernEvent: 1 metadata ObjectMeta, 2 eventTime MicroTime, 3 series EventSeries, 4 reportingController string, 5 reportingInstance string,\
         6 action string, 7 reason string, 8 regarding ObjectReference, 9 related ObjectReference, 10 note string, 11 type string,\
         12 deprecatedSource EventSource, 13 deprecatedFirstTimestamp Time, 14 deprecatedLastTimestamp Time, 15 deprecatedCount int
        EventSource: 1 component string, 2 host string
        EventSeries: 1 count int, 2 lastObservedTime MicroTime
        Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status skip
        DeploymentSpec: 1 replicas int?, 2 selector LabelSelector?, 3 template PodTemplate, 4 strategy DeploymentStrategy, 5 minReadySeconds int,\
         6 revisionHistoryLimit int?, 7 paused bool, 9 progressDeadlineSeconds int?
        DeploymentStrategy: 1 type string, 2 rollingUpdate RollingUpdate
        RollingUpdate: 1 maxUnavailable IntOrString, 2 maxSurge IntOrString
        PodTemplate: 1 metadata ObjectMeta, 2 spec PodSpec
        PodSpec: 2 containers []Container, 3 restartPolicy string, 4 terminationGracePeriodSeconds int?, 5 activeDeadlineSeconds int?, 6 dnsPolicy string,\
         7 nodeSelector {}string, 8 serviceAccountName string, 9 serviceAccount string, 10 nodeName string, 11 hostNetwork bool, 12 hostPID bool,\
         13 hostIPC bool, 15 imagePullSecrets []LocalObjectReference, 16 hostname string, 17 subdomain string, 19 schedulerName string,\
         20 initContainers []Container, 21 automountServiceAccountToken bool?, 24 priorityClassName string, 25 priority int?,\
         30 enableServiceLinks bool?
        Container: 1 name string, 2 image string, 3 command []string, 4 args []string, 5 workingDir string, 6 ports []ContainerPort, 7 env []EnvVar,\
         8 resources ResourceRequirements, 13 terminationMessagePath string, 14 imagePullPolicy string, 16 stdin bool, 17 stdinOnce bool, 18 tty bool,\
         20 terminationMessagePolicy string
        ContainerPort: 1 name string, 2 hostPort int, 3 containerPort int, 4 protocol string, 5 hostIP string
        EnvVar: 1 name string, 2 value string
        ResourceRequirements: 1 limits {}Quantity, 2 requests {}Quantity
        LabelSelector: 1 matchLabels {}string, 2 matchExpressions []LabelSelectorRequirement
        LabelSelectorRequirement: 1 key string, 2 operator string, 3 values []string
        SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessReviewSpec, 3 status skip
        SubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessReviewSpec, 3 status skip
        LocalSubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessReviewSpec, 3 status skip
        AccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes, 3 user string, 4 groups []string,\
         5 extra skip, 6 uid string
        ResourceAttributes: 1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, 6 subresource string, 7 name string,\
         8 fieldSelector skip, 9 labelSelector skip
        NonResourceAttributes: 1 path string, 2 verb string
        SelfSubjectRulesReview: 1 metadata ObjectMeta, 2 spec RulesReviewSpec, 3 status skip
        RulesReviewSpec: 1 namespace string
        SelfSubjectReview: 1 metadata ObjectMeta, 2 status skip
        DeleteOptions: 1 gracePeriodSeconds int?, 2 preconditions Preconditions, 3 orphanDependents bool?, 4 propagationPolicy string,\
         5 dryRun []string, 6 ignoreStoreReadErrorWithClusterBreakingPotential skip
        Preconditions: 1 uid string, 2 resourceVersion string
        ObjectMeta: 1 name string, 2 generateName string, 3 namespace string, 4 selfLink skip, 5 uid string, 6 resourceVersion string, 7 generation int,\
         8 creationTimestamp Time, 9 deletionTimestamp Time, 10 deletionGracePeriodSeconds int?, 11 labels {}string, 12 annotations {}string,\
         13 ownerReferences []OwnerReference, 14 finalizers []string, 17 managedFields skip
        OwnerReference: 1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool?, 7 blockOwnerDeletion bool?
        """
}

extension ProtobufMessages.Field {
    fileprivate init(name: String, _ type: some StringProtocol) {
        self.name = name
        var type = String(type)
        isPointer = type.hasSuffix("?")
        if isPointer { type.removeLast() }
        for (mark, shape) in [("[]", Shape.list), ("{}", .map), ("&", .inline)] where type.hasPrefix(mark) {
            self.shape = shape
            self.type = String(type.dropFirst(mark.count))
            return
        }
        shape = .single
        self.type = type
    }
}
