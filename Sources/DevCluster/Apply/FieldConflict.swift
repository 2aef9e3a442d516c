import Documents

/// A field that somebody else owns and that an apply would change.
struct FieldConflict: Sendable, Equatable {
    var manager: ManagerIdentity
    var route: FieldRoute

    /// `"kubectl-client-side-apply" using v1`: kubectl shows it.
    var owner: String {
        var text = Value.string(manager.name).jsonText
        if !manager.subresource.isEmpty { text += " with subresource \(Value.string(manager.subresource).jsonText)" }
        if manager.operation == .update { text += " using \(manager.apiVersion)" }
        return text
    }
}

/// Why an apply that was not forced did nothing.
struct FieldConflicts: Error, Sendable, Equatable {
    var all: [FieldConflict]

    var set: FieldSet { FieldSet(routes: all.map(\.route)) }

    /// In the words of k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go.
    var failure: APIFailure {
        var failure = APIFailure(409, "Conflict", message)
        failure.causes = all.map {
            .init(reason: "FieldManagerConflict", message: "conflict with \($0.owner)", field: $0.route.text)
        }
        return failure
    }

    private var message: String {
        if all.count == 1 { return "Apply failed with 1 conflict: conflict with \(all[0].owner): \(all[0].route.text)" }
        let byOwner = Dictionary(grouping: all, by: \.owner).sorted { $0.key < $1.key }
        let lines = byOwner.flatMap { owner, conflicts in
            ["conflicts with \(owner):"] + conflicts.map { "- \($0.route.text)" }
        }
        return "Apply failed with \(all.count) conflicts: " + lines.joined(separator: "\n")
    }
}
