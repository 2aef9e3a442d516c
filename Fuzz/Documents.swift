import Documents

/// YAML and JSON from anybody: an error with a place in the text, or a value that both notations carry: written and read again it is
/// equal, and written again it is the same text. JSON that is packed as it is read is the same document, or the same error.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    do {
        for document in try YAML.documents(all) {
            precondition(document.line >= 1 && document.line <= all.count + 1)
            check(document.value)
        }
    } catch { check(error, all) }
    do {
        let value = try Value(json: all)
        check(value)
        precondition((try? Packed(json: all)) == Packed(value), "packed it is another document")
    } catch {
        check(error, all)
        do throws(DocumentError) {
            _ = try Packed(json: all)
            preconditionFailure("packed it is a document: \(error)")
        } catch let other { precondition(other.description == error.description, "\(other) is not \(error)") }
    }
    return 0
}

private func check(_ error: DocumentError, _ all: [UInt8]) {
    precondition(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
    precondition(error.line <= all.count + 2, "line \(error.line) of a text of \(all.count) bytes")
}

private func check(_ value: Value) {
    // Aliases make documents of millions of nodes from a few bytes: writing these finds nothing new and takes seconds.
    var budget = 5000
    guard isSmall(value, &budget) else { return }
    let text = value.jsonText
    guard let again = try? Value(json: text) else { preconditionFailure("what was written is not JSON: \(text)") }
    precondition(again == value, "JSON that was read again is another value: \(text)")
    precondition(again.jsonText == text, "JSON that was read again is written differently")
    precondition((try? Value(json: value.prettyJSON)) == value)
    guard !value.isNull else { return }
    let yaml = value.yaml
    do {
        let documents = try YAML.documents(yaml)
        precondition(
            documents.count == 1 && documents.first?.value == value, "YAML that was read again is another value:\n\(yaml)")
        precondition(documents.first?.value.yaml == yaml, "YAML that was read again is written differently:\n\(yaml)")
    } catch { preconditionFailure("what was written is not YAML: \(error)\n\(yaml)") }
}

private func isSmall(_ value: Value, _ budget: inout Int) -> Bool {
    budget -= 1
    guard budget > 0 else { return false }
    switch value {
    case .array(let elements): return elements.allSatisfy { isSmall($0, &budget) }
    case .object(let fields): return fields.entries.allSatisfy { isSmall($0.value, &budget) }
    case .string(let text): return text.utf8.count < 100_000
    default: return true
    }
}
