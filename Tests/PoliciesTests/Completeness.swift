import Foundation
import Pipeline

/// What the tree lacks for the policies that a catalogue names, and the other way round (CONTRIBUTING.md, "Add a policy").
///
/// For a policy `rateLimit` the tree has `Sources/Policies/RateLimit/RateLimit{Policy,Settings,Filter}.swift`, at least one case in
/// `Tests/PoliciesTests/Cases/rateLimit/`, the page `docs/reference/policies/rateLimit.md`, the example
/// `examples/policies/rateLimit.yaml`, and the member `rateLimit` in the CRD `crds/martlet.dev_policies.yaml`.
struct Completeness {
    let root: URL

    func missing(_ catalog: PolicyCatalog) -> [String] {
        let keys = catalog.policies.map { $0.key }
        return Set(keys.filter { key in keys.count { $0 == key } > 1 }).sorted().map { "the catalogue names \($0) twice" }
            + catalog.policies.flatMap(missing) + unnamed(catalog)
    }

    private func missing(_ policy: any Policy.Type) -> [String] {
        let key = policy.key
        let name = key.prefix(1).uppercased() + key.dropFirst()
        var lacks = ["Policy", "Settings", "Filter"].map { "Sources/Policies/\(name)/\(name)\($0).swift" }.filter { !exists($0) }
        if files("Tests/PoliciesTests/Cases/\(key)", ".case").isEmpty {
            lacks.append("a case in Tests/PoliciesTests/Cases/\(key)/")
        }
        lacks += ["docs/reference/policies/\(key).md", "examples/policies/\(key).yaml"].filter { !exists($0) }
        let crd = "crds/martlet.dev_policies.yaml"
        if !text(crd).split(separator: "\n").contains(where: { $0.trimmingCharacters(in: .whitespaces) == "\(key):" }) {
            lacks.append("the member \(key) in \(crd)")
        }
        if policy.summary.isEmpty { lacks.append("a summary") }
        return lacks.map { "\(key) lacks \($0)" }
    }

    /// Policies that lie in the tree and that nobody would ever meet.
    private func unnamed(_ catalog: PolicyCatalog) -> [String] {
        let named = Set(catalog.policies.map { "\($0.key.lowercased())policy.swift" })
        return files("Sources/Policies", "Policy.swift").filter { !named.contains($0.lowercased()) }
            .map { "the catalogue does not name \($0)" }
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: root.appending(path: path).path()) }

    private func text(_ path: String) -> String { (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? "" }

    private func files(_ folder: String, _ suffix: String) -> [String] {
        let all = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
        return (all?.compactMap { ($0 as? URL)?.lastPathComponent } ?? []).filter { $0.hasSuffix(suffix) }.sorted()
    }
}
