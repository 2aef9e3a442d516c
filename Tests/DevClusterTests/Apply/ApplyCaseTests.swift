import Documents
import Foundation
import TestKit
import Testing

@testable import DevCluster

@Suite struct ApplyCaseTests {
    /// A sequence of writes by several managers to one object named `sample`, what each was answered, and who owns what in the end.
    ///
    ///     -- VERB MANAGER [force] --      the body in YAML
    ///
    /// Verbs: `create`, `put`, `merge` (a merge patch), `json` (a JSON patch), `apply`, each also as `apply-status`, `put-status`, `apply-scale`.
    @Test(arguments: CaseFile.all(in: "../Cases/apply"))
    func `owners are kept as Kubernetes keeps them`(file: CaseFile) throws {
        let fixed: Set<String> = ["schema", "answers", "object", "owners"]
        let steps = try file.sections.filter { !fixed.contains($0.name) }.map { section in
            try #require(ApplyStep(section), "\(file.testDescription): '\(section.name)' is no step")
        }
        file.requireOnly(options: ["kind", "show"], sections: fixed.union(file.sections.map(\.name)))
        let world = try ApplyWorld(kind: file.options["kind"] ?? "ConfigMap", schema: file.section("schema"))
        let answers = try steps.map { try world.perform($0) }
        let object = world.object ?? [:]
        try file.expect([
            ("answers", answers.joined(separator: "\n")), ("object", shown(object, file.options["show"] ?? "data").yaml),
            ("owners", world.owners(of: object)),
        ])
    }

    /// The named parts of the object.
    private func shown(_ object: Value, _ parts: String) -> Value {
        .object(
            Value.Fields(
                parts.split(separator: ",").compactMap { part in
                    let path = part.trimmingCharacters(in: .whitespaces)
                    let found = path.split(separator: ".").reduce(Optional(object)) { $0?[String($1)] }
                    return found.map { (path, $0) }
                }))
    }
}

struct ApplyStep {
    var verb: String
    var manager: String
    var isForced: Bool
    var body: String

    init?(_ section: CaseFile.Section) {
        let words = section.name.split(separator: " ").map(String.init)
        guard words.count == 2 || (words.count == 3 && words[2] == "force") else { return nil }
        (verb, manager, isForced, body) = (words[0], words[1], words.count == 3, section.body)
    }
}

/// An API server and the object that a case is about.
struct ApplyWorld {
    private let call: Handler
    private let kind: KindSchema
    private let collection: String

    init(kind name: String, schema: String?) throws {
        call = Handler(try newStore())
        if let schema {
            let parsed = try #require(YAML.documents(schema).first).value
            try call.store.create(.customResourceDefinitions, Self.definition(name, parsed))
        }
        kind = try #require(call.store.kinds.all.first { $0.kind == name })
        let prefix = kind.group.isEmpty ? "/api/v1" : "/apis/\(kind.apiVersion)"
        collection = prefix + (kind.isNamespaced ? "/namespaces/shop/" : "/") + kind.plural
    }

    static func definition(_ kind: String, _ schema: Value) -> Value {
        let plural = kind.lowercased() + "s"
        return [
            "metadata": ["name": .string("\(plural).example.com")],
            "spec": [
                "group": "example.com", "scope": "Namespaced", "names": ["plural": .string(plural), "kind": .string(kind)],
                "versions": [
                    [
                        "name": "v1", "served": true, "storage": true,
                        "subresources": [
                            "status": [:],
                            "scale": ["specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"],
                        ], "schema": ["openAPIV3Schema": schema],
                    ]
                ],
            ],
        ]
    }

    var object: Value? { call.store.object(kind.resource, namespace: kind.isNamespaced ? "shop" : "", name: "sample") }

    func perform(_ step: ApplyStep) throws -> String {
        let parts = step.verb.split(separator: "-").map(String.init)
        let subresource = parts.count > 1 ? "/" + parts[1] : ""
        let query = "?fieldManager=\(step.manager)" + (step.isForced ? "&force=true" : "")
        let target = (parts[0] == "create" ? collection : "\(collection)/sample\(subresource)") + query
        let document = try YAML.documents(step.body).first?.value ?? [:]
        let answer: Handler.Answer
        switch parts[0] {
        case "create": answer = try call("POST", target, full(document))
        case "put": answer = try call("PUT", target, full(document))
        case "merge": answer = try call("PATCH", target, document, type: "application/merge-patch+json")
        case "json": answer = try call("PATCH", target, document, type: "application/json-patch+json")
        default:
            let body = subresource == "/scale" ? document : full(document)
            answer = try call("PATCH", target, body, type: "application/apply-patch+yaml")
        }
        return "\(step.verb) \(step.manager): \(answer.status)" + (answer.status < 300 ? "" : " \(answer.message)")
    }

    /// Cases leave out what is the same in all of them.
    private func full(_ body: Value) -> Value {
        var object: Value = ["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)]
        var metadata: Value = ["name": "sample"]
        for (name, value) in body["metadata"]?.object?.entries ?? [] { metadata[name] = value }
        object["metadata"] = metadata
        for (name, value) in body.object?.entries ?? [] where name != "metadata" { object[name] = value }
        if object["metadata"]?["resourceVersion"] == "current" {
            object.setMetadata("resourceVersion", self.object.map { .string($0.resourceVersion) })
        }
        return object
    }

    /// Each manager with a field on each line.
    func owners(of object: Value) -> String {
        guard let managed = try? ManagedFields(reading: object.managedFields) else { return "unreadable" }
        return managed.managers.map { manager in
            let part = manager.subresource.isEmpty ? "" : " of \(manager.subresource)"
            let routes = managed[manager]?.fields.routes.map { "  \($0.text)" } ?? []
            return (["\(manager.name) (\(manager.operation.rawValue)\(part))"] + routes).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
