import Documents

/// Questions that are posted and answered at once, and kept nowhere: may I, and who am I. Whoever got in may do everything.
enum Reviews {
    private static func kind(_ group: String, _ kind: String, _ plural: String, isNamespaced: Bool = false) -> KindSchema {
        KindSchema(group: group, version: "v1", kind: kind, plural: plural, isNamespaced: isNamespaced)
    }

    static let kinds = [
        kind("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        kind("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
        kind("authorization.k8s.io", "SubjectAccessReview", "subjectaccessreviews"),
        kind("authorization.k8s.io", "LocalSubjectAccessReview", "localsubjectaccessreviews", isNamespaced: true),
        kind("authentication.k8s.io", "SelfSubjectReview", "selfsubjectreviews"),
    ]

    static let groups = ["authorization.k8s.io", "authentication.k8s.io"]

    static func isReview(_ kind: KindSchema) -> Bool { groups.contains(kind.group) }

    /// Nil when the path names no review.
    static func kind(_ path: ResourcePath) -> KindSchema? {
        kinds.first { $0.group == path.group && $0.version == path.version && $0.plural == path.plural }
    }

    /// k8s.io/kubernetes/pkg/apis/authorization/validation.
    static func check(_ review: Value, _ kind: KindSchema) throws(APIFailure) {
        guard kind.kind.hasSuffix("AccessReview") else { return }
        let spec = review["spec"] ?? [:]
        let (resource, other) = (spec["resourceAttributes"] ?? .null, spec["nonResourceAttributes"] ?? .null)
        var problems: [SchemaProblem] = []
        if !resource.isNull, !other.isNull {
            problems.append(
                .invalid("spec.nonResourceAttributes", other, "cannot be specified in combination with resourceAttributes"))
        }
        if resource.isNull, other.isNull {
            problems.append(
                .invalid(
                    "spec.resourceAttributes", .null,
                    "exactly one of nonResourceAttributes or resourceAttributes must be specified"))
        }
        guard problems.isEmpty else { throw .invalid(kind, "", problems) }
    }

    static func answer(_ review: Value, _ kind: KindSchema, _ user: User) -> Value {
        var review = review
        review["apiVersion"] = .string(kind.apiVersion)
        review["kind"] = .string(kind.kind)
        if review["metadata"]?.object == nil { review["metadata"] = ["creationTimestamp": .null] }
        switch kind.kind {
        case "SelfSubjectRulesReview":
            review["status"] = [
                "resourceRules": [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]],
                "nonResourceRules": [["verbs": ["*"], "nonResourceURLs": ["*"]]], "incomplete": false,
            ]
        case "SelfSubjectReview":
            review["status"] = [
                "userInfo": [
                    "username": .string(user.name), "groups": .array((user.groups + ["system:authenticated"]).map(Value.string)),
                ]
            ]
        default:
            review["status"] = ["allowed": true, "reason": "the development cluster allows everything to whoever it knows"]
        }
        return review
    }
}
