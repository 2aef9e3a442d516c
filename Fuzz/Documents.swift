import Documents

/// YAML and JSON from anybody: an error with a place, or a value that survives being written as JSON and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    do {
        for document in try YAML.documents(all) { check(document.value) }
    } catch { precondition(error.line >= 1 && !error.message.isEmpty) }
    do {
        check(try Value(json: all))
    } catch { precondition(error.line >= 1 && !error.message.isEmpty) }
    return 0
}

private func check(_ value: Value) {
    let text = value.jsonText
    guard let again = try? Value(json: text) else { preconditionFailure("what was written is not JSON: \(text)") }
    precondition(again.jsonText == text, "JSON that was read again is written differently")
}
