import Documents
@testable import Kubernetes
import Resources

/// Objects from anybody are read as each of the kinds: totally, the same each time and the same after a round through JSON; problems
/// are bounded and have words; packed they are the same. Read as a kubeconfig they give a way to a cluster or an error that names the file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    checkKubeconfig(text)
    guard let documents = try? YAML.documents(text) else { return 0 }
    for document in documents {
        guard let again = try? Value(json: document.value.json) else { preconditionFailure("what was written is not JSON") }
        check(Ingress.self, document, again)
        check(Route.self, document, again)
        check(Service.self, document, again)
        check(EndpointSlice.self, document, again)
        check(Secret.self, document, again)
    }
    return 0
}

private func check<R: Resource>(_ kind: R.Type, _ document: Located, _ again: Value) {
    let first = R.decode(document.value, defaultNamespace: "default")
    precondition(first == R.decode(document.value, defaultNamespace: "default"), "the same document is read differently")
    // What is wrong may be worded otherwise: 1.0 is a number, and in JSON the integer 1.
    let second = R.decode(again, defaultNamespace: "default")
    precondition(first.resource == second.resource, "a round through JSON makes another object")
    precondition(first.problems.map(\.path) == second.problems.map(\.path), "a round through JSON makes other problems")
    precondition(first.problems.count <= FieldProblems.maximum)
    var isFlawed = false
    let unpacked = R.unpack(Packed(document.value), defaultNamespace: "default", isFlawed: &isFlawed)
    precondition(unpacked == first.resource, "packed it is another object")
    precondition(isFlawed == !first.problems.isEmpty, "packed it has problems where it has none, or none where it has some")
    for problem in first.problems { precondition(!problem.message.isEmpty && document.line(of: problem.path) >= 1) }
}

private func checkKubeconfig(_ text: String) {
    do {
        let config = try Kubeconfig(text: text, file: "config-of-a-test")
        for context in config.contextNames { _ = try? config.access(context: context) }
        let access = try config.access()
        precondition(access.server.hasPrefix("http") && access.server.contains("://"))
    } catch { precondition(error.description.contains("config-of-a-test"), "\(error)") }
}
