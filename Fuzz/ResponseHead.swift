import HTTP

/// A response head that comes byte by byte is judged as one that comes at once, and no accepted field has a line's end in it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    let limits = HeadLimits(bytes: 2048, fields: 16)
    let table = FieldTable(capacity: 16)
    var response = ParsedResponse()
    let whole = ResponseParser.parse(all.span, limits: limits, table, &response)
    for length in 0..<min(count, 600) {
        var early = ParsedResponse()
        let outcome = ResponseParser.parse(all.span.extracting(first: length), limits: limits, table, &early)
        guard outcome != .incomplete else { continue }
        precondition(outcome == whole, "\(length): \(outcome), whole: \(whole)")
        break
    }
    var again = ParsedResponse()
    guard ResponseParser.parse(all.span, limits: limits, table, &again) == .complete else { return 0 }
    precondition(again.status >= 100 && again.status <= 999 && again.length <= count)
    for i in 0..<Int(again.facts.count) {
        let value = all[Int(table[i].value)..<Int(table[i].value + table[i].valueLength)]
        precondition(!value.contains(13) && !value.contains(10) && !value.contains(0))
    }
    return 0
}
