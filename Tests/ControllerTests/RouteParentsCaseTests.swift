import Documents
import Resources
import TestKit
import Testing
import Translator

@testable import Controller

/// `current` is a Route's `status.parents`, `wanted` our statuses; `merged` is what is written, or "nothing" when it is there already.
@Suite struct RouteParentsCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases/parents"))
    func merges(_ file: CaseFile) throws {
        file.requireOnly(options: ["programmed", "silent"], sections: ["current", "wanted", "merged"])
        let current = try value(file.section("current"))
        let parents = RouteParents(
            statuses: try value(file.section("wanted"))?.array?.map(status) ?? [],
            controllerName: "martlet.dev/ingress-controller",
            programmed: programmed(file))
        let merged = parents.merged(into: current, now: "2026-02-02T02:02:02Z")
        try file.expect([("merged", merged == current ? "nothing" : merged?.yaml ?? "none")])
        #expect(parents.merged(into: merged, now: "2027-01-01T00:00:00Z") == merged, "a second write would change something")
    }

    private func programmed(_ file: CaseFile) -> RouteParents.Programmed {
        switch file.options["programmed"] {
        case "no": .notYet("Not every worker serves it yet.")
        case "unclear": .unclear("Nobody knows.")
        default: .yes(silent: file.options["silent"]?.split(separator: " ").map(String.init) ?? [])
        }
    }

    private func value(_ text: String?) throws -> Value? {
        guard let text, !text.allSatisfy(\.isWhitespace) else { return nil }
        return try YAML.documents(Array(text.utf8), file: "case").first?.value
    }

    /// `{parent: martlet, generation: 3, Accepted: true}`
    private func status(_ value: Value) -> RouteStatus {
        let conditions = value.object?.entries.compactMap { name, truth in
            truth.bool.map {
                RouteCondition(type: name, isTrue: $0, reason: $0 ? name : "Not\(name)", message: $0 ? "" : "Not so.")
            }
        }
        return RouteStatus(
            object: ObjectReference(group: "martlet.dev", kind: "Route", namespace: "shop", name: "web"), uid: "u",
            observedGeneration: Int(value["generation"]?.integer ?? 0),
            parent: ObjectReference(group: "networking.k8s.io", kind: "IngressClass", name: value["parent"]?.string ?? "martlet"),
            controllerName: "martlet.dev/ingress-controller", conditions: conditions ?? [])
    }
}
