public import Documents

/// The CustomResourceDefinitions of Martlet's own kinds, made from the same declarations that decode them.
///
/// `crds/` holds them as files; a test fails when the two differ.
public enum CustomResourceDefinitions {
    public static var all: [Value] { [route] }

    /// A CRD's `metadata.name`, such as `routes.martlet.dev`.
    public static func name(of definition: Value) -> String { definition[at: "metadata", "name"]?.string ?? "" }

    private static var route: Value {
        definition(
            Route.self, shortName: "mroute",
            description: "A Route says which requests go to which Services: HTTPRoute's shape, and more.",
            columns: [
                column("Hosts", ".spec.hostnames", "Hosts that it claims."),
                column("Class", ".spec.ingressClassName", "Class of gateways that serve it; the default class when empty."),
                column("Accepted", status("Accepted"), "Whether it can be obeyed; `kubectl describe` says why not."),
                column("Programmed", status("Programmed"), "Whether every worker serves it."),
                column("Resolved", status("ResolvedRefs"), "Whether everything that it refers to exists.", priority: 1),
                column("Controller", ".status.parents[*].controllerName", "Who wrote the status.", priority: 1),
                column("Age", ".metadata.creationTimestamp", "Time since it was created.", type: "date"),
            ])
    }

    // MARK: - Parts

    private static func definition<R: Resource>(
        _: R.Type, shortName: String, description: String, columns: [Value]
    ) -> Value {
        let kind = R.kind
        var schema = R.shape.schema()
        let metadata: Value = ["type": "object"]
        var properties = Value.Fields([
            ("apiVersion", text("Version of the object's schema.")), ("kind", text("Kind of the object.")),
            ("metadata", metadata),
        ])
        for (name, value) in schema["properties"]?.object?.entries ?? [] { properties[name] = value }
        properties["status"] = RouteStatusSchema.value
        schema["description"] = .string(description)
        schema["properties"] = .object(properties)
        let version: Value = [
            "name": .string(kind.version), "served": true, "storage": true, "schema": ["openAPIV3Schema": schema],
            "subresources": ["status": [:]], "additionalPrinterColumns": .array(columns),
        ]
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": ["name": .string("\(kind.plural).\(kind.group)")],
            "spec": [
                "group": .string(kind.group),
                "names": [
                    "kind": .string(kind.kind), "listKind": .string(kind.kind + "List"), "plural": .string(kind.plural),
                    "singular": .string(kind.kind.lowercased()), "shortNames": [.string(shortName)], "categories": ["martlet"],
                ],
                "scope": .string(kind.isNamespaced ? "Namespaced" : "Cluster"), "versions": [version],
            ],
        ]
    }

    private static func text(_ description: String) -> Value { ["type": "string", "description": .string(description)] }

    /// - Parameter priority: 0 is always shown, 1 with `kubectl get -o wide`.
    private static func column(
        _ name: String, _ path: String, _ description: String, type: String = "string", priority: Int64 = 0
    )
        -> Value
    {
        var column: Value = [
            "name": .string(name), "type": .string(type), "description": .string(description), "jsonPath": .string(path),
        ]
        if priority > 0 { column["priority"] = .integer(priority) }
        return column
    }

    /// The first that any controller wrote: API servers print one result of a path. Filters cannot name ours, which an install may
    /// have renamed (`--controller-name`).
    private static func status(_ condition: String) -> String {
        ".status.parents[*].conditions[?(@.type==\"\(condition)\")].status"
    }
}

/// `status.parents[]` as Gateway API has it (RouteParentStatus).
enum RouteStatusSchema {
    static var value: Value {
        [
            "type": "object", "description": "What gateways made of the Route.",
            "properties": [
                "parents": [
                    "type": "array", "maxItems": 32, "x-kubernetes-list-type": "atomic",
                    "description": "One entry for each parent and controller.", "items": parent,
                ]
            ],
        ]
    }

    private static var parent: Value {
        [
            "type": "object", "required": ["parentRef", "controllerName"],
            "properties": [
                "parentRef": [
                    "type": "object", "required": ["name"], "description": "What the Route is attached to.",
                    "properties": [
                        "group": text("Group of the parent.", 253), "kind": text("Kind of the parent.", 63),
                        "namespace": text("Namespace of the parent.", 63), "name": text("Name of the parent.", 253),
                        "sectionName": text("Part of the parent.", 253),
                        "port": [
                            "type": "integer", "format": "int32", "minimum": 1, "maximum": 65535,
                            "description": "Port of the parent.",
                        ],
                    ],
                ],
                "controllerName": text("Who wrote the entry.", 253),
                "conditions": [
                    "type": "array", "maxItems": 8, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
                    "description":
                        "Accepted, ResolvedRefs and Programmed; ActiveArmReady where an active arm waits for endpoints.",
                    "items": condition,
                ],
            ],
        ]
    }

    /// metav1.Condition.
    private static var condition: Value {
        [
            "type": "object", "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": [
                "type": text("What is judged.", 316),
                "status": ["type": "string", "enum": ["True", "False", "Unknown"], "description": "The judgement."],
                "observedGeneration": [
                    "type": "integer", "format": "int64", "minimum": 0, "description": "The generation that was judged.",
                ],
                "lastTransitionTime": ["type": "string", "format": "date-time", "description": "When the status last changed."],
                "reason": text("Why, in one word.", 1024), "message": text("Why, in sentences.", 32768),
            ],
        ]
    }

    private static func text(_ description: String, _ maximum: Int64) -> Value {
        ["type": "string", "maxLength": .integer(maximum), "description": .string(description)]
    }
}
