import Documents

/// What a kind needs beyond its schema: values that depend on others, and members that must not change.
enum KindRules {
    /// Fills in what the API server computes. `old` is nil for a new object.
    static func prepare(_ object: inout Value, _ kind: KindSchema, old: Value?, now: String) {
        switch kind.resource {
        case .services: ServiceRules.prepare(&object)
        case .secrets: SecretRules.prepare(&object)
        case .namespaces: NamespaceRules.prepare(&object)
        case .customResourceDefinitions: DefinitionRules.prepare(&object, now: now)
        case .pods where old == nil && object["status"] == nil: object["status"] = ["phase": "Pending", "qosClass": "BestEffort"]
        default: break
        }
    }

    static func problems(_ object: Value, _ kind: KindSchema, old: Value?) -> [SchemaProblem] {
        switch kind.resource {
        case .services: ServiceRules.problems(object, old: old)
        case .secrets: SecretRules.problems(object, old: old)
        case .configMaps: SecretRules.configMapProblems(object, old: old)
        case .customResourceDefinitions: DefinitionRules.problems(object, old: old)
        case .deployments, .replicaSets: WorkloadRules.problems(object, old: old)
        default: DefinitionRules.scaleProblems(object, kind)
        }
    }

    /// What was taken and will not do what its author may expect.
    static func warnings(_ object: Value, _ kind: KindSchema) -> [String] {
        switch kind.resource {
        case .customResourceDefinitions: DefinitionRules.warnings(object)
        case .ingresses: IngressDefaults.warnings(object)
        default: []
        }
    }

    /// Whether `metadata.generation` counts the changes of the spec. The old core kinds have none.
    static func hasGeneration(_ kind: KindSchema) -> Bool {
        !kind.group.isEmpty && kind.group != "coordination.k8s.io" && kind.resource != .events
    }

    /// A new object without what the server chose for it by itself: its creator owns what was sent and the defaults, not these.
    static func withoutAllocated(_ object: Value, _ kind: KindSchema, sent: Value) -> Value {
        let chosen: [String] =
            switch kind.resource {
            case .services: ["ipFamilies", "ipFamilyPolicy"]
            case .namespaces: ["finalizers"]
            default: []
            }
        var object = object
        for member in chosen where sent[at: "spec", member] == nil { object["spec"]?[member] = nil }
        return object
    }

    /// Nodes register themselves with a status; the others get theirs later.
    static func keepsStatusOnCreation(_ kind: KindSchema) -> Bool { kind.resource == .nodes }
}

extension ResourceKey {
    static let secrets = ResourceKey("secrets")
    static let configMaps = ResourceKey("configmaps")
    static let nodes = ResourceKey("nodes")
}

enum NamespaceRules {
    static func prepare(_ object: inout Value) {
        var labels = object[at: "metadata", "labels"] ?? [:]
        labels["kubernetes.io/metadata.name"] = .string(object.name)
        object.setMetadata("labels", labels)
        if object[at: "spec", "finalizers"] == nil { object["spec"] = ["finalizers": ["kubernetes"]] }
        if object["status"] == nil { object["status"] = ["phase": "Active"] }
    }
}

enum ServiceRules {
    static func prepare(_ object: inout Value) {
        var spec = object["spec"] ?? [:]
        let type = spec["type"]?.string ?? "ClusterIP"
        spec["type"] = .string(type)
        if spec["sessionAffinity"] == nil { spec["sessionAffinity"] = "None" }
        if type != "ExternalName" {
            for (member, value) in [
                ("ipFamilies", ["IPv4"]), ("ipFamilyPolicy", "SingleStack"), ("internalTrafficPolicy", "Cluster"),
            ] as [(String, Value)]
            where spec[member] == nil { spec[member] = value }
        }
        if type == "NodePort" || type == "LoadBalancer", spec["externalTrafficPolicy"] == nil {
            spec["externalTrafficPolicy"] = "Cluster"
        }
        if let ports = spec["ports"]?.array {
            let isPublished = type == "NodePort" || type == "LoadBalancer"
            spec["ports"] = .array(ports.map { complete(port: $0, isPublished) })
        }
        object["spec"] = spec
        if object["status"] == nil { object["status"] = ["loadBalancer": [:]] }
    }

    private static func complete(port: Value, _ isPublished: Bool) -> Value {
        guard port.object != nil else { return port }
        var port = port
        if port["protocol"] == nil { port["protocol"] = "TCP" }
        if port["targetPort"] == nil || port["targetPort"] == 0 || port["targetPort"] == "" { port["targetPort"] = port["port"] }
        if !isPublished { port["nodePort"] = nil }
        return port
    }

    static func problems(_ object: Value, old: Value?) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        let spec = object["spec"] ?? [:]
        let type = spec["type"]?.string ?? ""
        let ports = spec["ports"]?.array ?? []
        if type == "ExternalName", spec["externalName"]?.string?.isEmpty != false {
            problems.append(.required("spec.externalName"))
        }
        if type != "ExternalName", ports.isEmpty, spec["clusterIP"] != "None" { problems.append(.required("spec.ports")) }
        for (at, port) in ports.enumerated() {
            let name = port["name"]?.string ?? ""
            if ports.count > 1, name.isEmpty { problems.append(.required("spec.ports[\(at)].name")) }
            if !name.isEmpty, let wrong = Names.label(name) {
                problems.append(.invalid("spec.ports[\(at)].name", .string(name), wrong))
            }
            if !name.isEmpty, ports[..<at].contains(where: { $0["name"] == port["name"] }) {
                problems.append(.duplicate("spec.ports[\(at)].name", .string(name)))
            }
        }
        if let kept = old?[at: "spec", "clusterIP"]?.string, !kept.isEmpty, old?[at: "spec", "type"] != "ExternalName",
            type != "ExternalName",
            let wanted = spec["clusterIP"]?.string, !wanted.isEmpty, wanted != kept
        {
            problems.append(.invalid("spec.clusterIPs[0]", .array([.string(wanted)]), "may not change once set"))
        }
        return problems
    }
}
