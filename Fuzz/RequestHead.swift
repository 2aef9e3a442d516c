import Base
import HTTP

/// A request head that comes byte by byte is judged as one that comes at once; what is accepted lies within the bytes; a canonical
/// path is its own canonical form and has no dot segment.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    let limits = HeadLimits(bytes: 2048, fields: 16)
    let table = FieldTable(capacity: 16)
    var request = ParsedRequest()
    let whole = RequestParser.parse(all.span, limits: limits, table, &request)
    // What more bytes would make of it is decided by the first prefix that is decided.
    for length in 0..<min(count, 600) {
        var early = ParsedRequest()
        let outcome = RequestParser.parse(all.span.extracting(first: length), limits: limits, table, &early)
        guard outcome != .incomplete else { continue }
        if case .complete = outcome {
            precondition(early.length <= length && whole == .complete && early.length == request.length)
        }
        if case .refused = outcome { precondition(outcome == whole, "\(length): \(outcome), whole: \(whole)") }
        break
    }
    var again = ParsedRequest()
    guard RequestParser.parse(all.span, limits: limits, table, &again) == .complete else { return 0 }
    precondition(again.length <= min(count, limits.bytes))
    for i in 0..<Int(again.facts.count) {
        let field = table[i]
        precondition(
            field.name >= 0 && field.name + field.nameLength < field.value + 1 && field.value + field.valueLength <= field.end)
        precondition(Int(field.end) <= again.length)
    }
    checkPath(all[Int(again.line.path)..<Int(again.line.path + again.line.pathLength)])
    return 0
}

private func checkPath(_ path: ArraySlice<UInt8>) {
    let buffer = Buffer(capacity: 8192)
    guard let length = CanonicalPath.write(Array(path).span, to: buffer, at: 0) else { return }
    let canonical = (0..<length).map { buffer[$0] }
    guard let again = CanonicalPath.write(canonical.span, to: buffer, at: 0) else {
        preconditionFailure("a canonical path is refused")
    }
    precondition((0..<again).map { buffer[$0] } == canonical, "a canonical path has another canonical form")
    for segment in canonical.split(separator: 47) { precondition(segment != [46] && segment != [46, 46]) }
}
