import Documents

/// What Deployments and ReplicaSets must say so that they find their own pods.
enum WorkloadRules {
    static func problems(_ object: Value, old: Value?) -> [SchemaProblem] {
        let spec = object["spec"] ?? [:]
        var problems: [SchemaProblem] = []
        let selector = spec["selector"] ?? [:]
        let labels = spec[at: "template", "metadata", "labels"] ?? [:]
        if isEmpty(selector) {
            problems.append(
                .invalid("spec.selector", selector, "empty selector is invalid for \(object["kind"]?.string?.lowercased() ?? "")")
            )
        } else if !LabelSelector(selector).matches(labels.object ?? Value.Fields()) {
            problems.append(.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"))
        }
        if let old, old[at: "spec", "selector"] != selector {
            problems.append(.invalid("spec.selector", selector, "field is immutable"))
        }
        if let policy = spec[at: "template", "spec", "restartPolicy"], policy != "Always" {
            problems.append(.unsupported("spec.template.spec.restartPolicy", policy, supported: ["Always"]))
        }
        return problems
    }

    private static func isEmpty(_ selector: Value) -> Bool {
        selector["matchLabels"]?.object?.isEmpty ?? true && selector["matchExpressions"]?.array?.isEmpty ?? true
    }
}
