@testable import DevCluster
import Documents

/// `fieldsV1` and `managedFields` from anybody: an error with words, or sets that are written and read again as the same, and whose
/// algebra holds.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard let value = try? Value(json: Array(UnsafeBufferPointer(start: bytes, count: count))) else { return 0 }
    if let owners = check({ () throws(ManagedFields.Unreadable) in try ManagedFields(reading: value) }) {
        // Who owns nothing is no manager, and is not written.
        guard let again = try? ManagedFields(reading: owners.value) else {
            preconditionFailure("what was written cannot be read")
        }
        precondition(again.value == owners.value)
    }
    guard let set = check({ () throws(FieldsV1Error) in try FieldSet(fieldsV1: value) }) else { return 0 }
    guard let again = try? FieldSet(fieldsV1: set.fieldsV1) else { preconditionFailure("what was written cannot be read") }
    precondition(again == set && FieldSet(routes: set.routes) == set)
    precondition(set.union(set) == set && set.intersection(set) == set && set.subtracting(set).isEmpty)
    return 0
}

private func check<R, E: Error>(_ read: () throws(E) -> R) -> R? {
    do { return try read() } catch {
        precondition(!"\(error)".isEmpty)
        return nil
    }
}
