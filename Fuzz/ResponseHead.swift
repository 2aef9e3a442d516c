import HTTP

private let limits = HeadLimits(bytes: 2048, fields: 16)

/// A response head that comes byte by byte is judged as one that comes at once; no accepted field has a control byte in it; written
/// anew from its parts it is read as the same response.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    let table = FieldTable(capacity: 16)
    var response = ParsedResponse()
    let outcome = ResponseParser.parse(all.span, limits: limits, table, &response)
    let parts = outcome == .complete ? describe(response, table, all) : []
    for length in 0..<min(count, 600) {
        var early = ParsedResponse()
        let decided = ResponseParser.parse(all.span.extracting(first: length), limits: limits, table, &early)
        guard decided != .incomplete else { continue }
        precondition(decided == outcome, "\(length): \(decided), whole: \(outcome)")
        if decided == .complete {
            precondition(early.length <= length && describe(early, table, all) == parts, "a prefix is read differently")
        }
        break
    }
    guard outcome == .complete else { return 0 }
    precondition(response.status >= 100 && response.status <= 999 && response.length <= count)
    for part in parts { precondition(part.allSatisfy { ($0 >= 32 || $0 == 9) && $0 != 127 }, "a control byte was accepted") }
    precondition(!(response.facts.isChunked && response.facts.contentLength >= 0), "a body of two lengths")
    precondition(response.framing(toHead: true) == .none)
    var text = Array("HTTP/1.\(response.minor) \(response.status) ".utf8) + parts[0] + [13, 10]
    for i in stride(from: 1, to: parts.count, by: 2) { text += parts[i] + [58, 32] + parts[i + 1] + [13, 10] }
    text += [13, 10]
    var again = ParsedResponse()
    precondition(ResponseParser.parse(text.span, limits: HeadLimits(bytes: 4096, fields: 16), table, &again) == .complete)
    precondition(describe(again, table, text) == parts && again.status == response.status, "written anew it is another response")
    precondition(again.framing(toHead: false) == response.framing(toHead: false) && again.keepsAlive == response.keepsAlive)
    return 0
}

/// The phrase and the fields, names before values.
private func describe(_ response: ParsedResponse, _ table: borrowing FieldTable, _ all: [UInt8]) -> [[UInt8]] {
    func bytes(_ start: Int32, _ length: Int32) -> [UInt8] { Array(all[Int(start)..<Int(start) + Int(length)]) }
    var parts = [bytes(response.phrase, response.phraseLength)]
    for i in 0..<Int(response.facts.count) {
        precondition(Int(table[i].value + table[i].valueLength) <= Int(table[i].end) && Int(table[i].end) <= response.length)
        parts.append(bytes(table[i].name, table[i].nameLength))
        parts.append(bytes(table[i].value, table[i].valueLength))
    }
    return parts
}
