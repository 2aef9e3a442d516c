import Documents
import Resources
import TestKit
import Testing

/// What is wrong with documents, as their readers see it: one kind of mistake a file.
struct DecodingCaseTests {
    @Test(arguments: CaseFile.all(in: "Cases"))
    func `documents are read as far as they can be`(_ scenario: CaseFile) throws {
        scenario.requireOnly(options: [], sections: ["document.yaml", "problems", "view"])
        let documents = try YAML.documents(scenario.section("document.yaml") ?? "", file: "document.yaml")
        let document = try #require(documents.first)
        let (view, problems) = try #require(read(document.value), "no kind of ours")
        try scenario.expect([
            (
                "problems",
                problems.map { "\(document.line(of: $0.path)): \($0.severity) \($0.kind) \($0)" }.joined(separator: "\n")
            ),
            ("view", view),
        ])
    }

    /// The view as Swift prints it, and the problems.
    private func read(_ document: Value) -> (view: String, problems: [FieldProblem])? {
        func decoded<R: Resource>(_: R.Type) -> (view: String, problems: [FieldProblem]) {
            let decoded = R.decode(document, defaultNamespace: "default")
            var text = ""
            dump(decoded.resource, to: &text)
            return (text, decoded.problems)
        }
        return switch document["kind"]?.string {
        case "Route": decoded(Route.self)
        case "Ingress": decoded(Ingress.self)
        case "Service": decoded(Service.self)
        case "EndpointSlice": decoded(EndpointSlice.self)
        case "Secret": decoded(Secret.self)
        case "IngressClass": decoded(IngressClass.self)
        default: nil
        }
    }
}
