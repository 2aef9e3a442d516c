import Documents
import Resources

/// Objects from anybody are read as Ingress, Route, Service, EndpointSlice and Secret: totally, and the same each time.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let documents = try? YAML.documents(Array(UnsafeBufferPointer(start: bytes, count: count))) else { return 0 }
    for document in documents {
        check(Ingress.self, document.value)
        check(Route.self, document.value)
        check(Service.self, document.value)
        check(EndpointSlice.self, document.value)
        check(Secret.self, document.value)
    }
    return 0
}

private func check<R: Resource>(_ kind: R.Type, _ value: Value) {
    let first = R.decode(value, defaultNamespace: "default")
    precondition(first == R.decode(value, defaultNamespace: "default"), "the same document is read differently")
    for problem in first.problems { precondition(!problem.message.isEmpty) }
}
