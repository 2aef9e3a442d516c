import Documents

/// What metadata may say (k8s.io/apimachinery/pkg/api/validation, ValidateObjectMeta).
enum MetadataRules {
    /// Members that clients may write or send back; others are unknown.
    static let members: Set<String> = [
        "name", "generateName", "namespace", "labels", "annotations", "ownerReferences", "finalizers", "uid", "resourceVersion",
        "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "selfLink",
    ]
    /// Names and values together, in bytes.
    static let annotationLimit = 256 << 10

    static func problems(_ object: Value, _ kind: KindSchema) -> [SchemaProblem] {
        let metadata = object["metadata"] ?? [:]
        var problems = nameProblems(object.name, kind)
        for (member, isLabel) in [("labels", true), ("annotations", false)] {
            guard let found = metadata[member] else { continue }
            guard let fields = found.object else {
                problems.append(.wrongType("metadata.\(member)", found, expected: "object"))
                continue
            }
            problems += keyProblems(fields, "metadata.\(member)", isLabel: isLabel)
        }
        problems += ownerProblems(object.owners)
        for (at, finalizer) in object.finalizers.enumerated() where !Names.isQualified(finalizer) {
            problems.append(
                .invalid("metadata.finalizers[\(at)]", .string(finalizer), "name part must consist of alphanumeric characters"))
        }
        return problems
    }

    private static func nameProblems(_ name: String, _ kind: KindSchema) -> [SchemaProblem] {
        guard !name.isEmpty else { return [.required("metadata.name", "name or generateName is required")] }
        let wrong =
            switch kind.resource {
            case .namespaces: Names.label(name)
            case .services: Names.label1035(name)
            case .events: Names.segment(name)
            default: kind.group == "rbac.authorization.k8s.io" ? Names.segment(name) : Names.subdomain(name)
            }
        return wrong.map { [.invalid("metadata.name", .string(name), $0)] } ?? []
    }

    private static func keyProblems(_ fields: Value.Fields, _ path: String, isLabel: Bool) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        var bytes = 0
        for (key, value) in fields.entries {
            // Annotations are compared without regard to case.
            if !Names.isQualified(isLabel ? key : key.lowercased()) {
                problems.append(
                    .invalid(
                        path, .string(key),
                        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
                            + "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
                            + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"))
            }
            guard let text = value.string else {
                problems.append(.wrongType("\(path).\(key)", value, expected: "string"))
                continue
            }
            bytes += key.utf8.count + text.utf8.count
            if isLabel, !Names.isLabelValue(text) {
                problems.append(
                    .invalid(
                        path, value,
                        text.utf8.count > 63
                            ? "must be no more than 63 characters"
                            : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
                                + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for "
                                + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"))
            }
        }
        if !isLabel, bytes > annotationLimit { problems.append(.tooLong(path, maximum: Int64(annotationLimit))) }
        return problems
    }

    private static func ownerProblems(_ owners: [Value]) -> [SchemaProblem] {
        owners.enumerated().flatMap { at, owner in
            ["apiVersion", "kind", "name", "uid"].filter { owner[$0]?.string?.isEmpty != false }
                .map { SchemaProblem.required("metadata.ownerReferences[\(at)].\($0)") }
        }
    }

    /// An object that is being deleted may lose finalizers only.
    static func finalizerProblems(_ object: Value, old: Value) -> [SchemaProblem] {
        let added = object.finalizers.filter { !old.finalizers.contains($0) }
        guard old.isBeingDeleted, !added.isEmpty else { return [] }
        let names = added.map { "\"\($0)\"" }.joined(separator: ", ")
        return [
            SchemaProblem(
                path: "metadata.finalizers", reason: .invalid,
                message:
                    "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{\(names)}"
            )
        ]
    }
}
