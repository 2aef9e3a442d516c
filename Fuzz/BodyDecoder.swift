import Base
import HTTP

/// A chunked body gives the same bytes, trailers and end however it is cut, and so does a counted one. The first byte seeds the cuts.
/// What was decoded, put into chunks anew, decodes to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let body = Array(UnsafeBufferPointer(start: bytes + 1, count: count - 1))
    var random = SeededRandom(seed: UInt64(bytes[0]))
    for decoder in [BodyDecoder(.chunked), BodyDecoder(.length, length: Int64(bytes[0])), BodyDecoder(.untilClose)] {
        let whole = decode(body, decoder) { body.count }
        precondition(decode(body, decoder) { 1 } == whole, "byte by byte it is another body")
        precondition(decode(body, decoder) { Int(random.below(7)) + 1 } == whole, "cut into pieces it is another body")
        precondition(whole.data.count + whole.trailers.count <= body.count)
        if decoder.framing == .chunked, whole.ended { checkAgain(whole) }
    }
    return 0
}

private func checkAgain(_ whole: Outcome) {
    var text: [UInt8] = []
    for start in stride(from: 0, to: whole.data.count, by: 11) {
        let piece = whole.data[start..<min(start + 11, whole.data.count)]
        text += Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + [13, 10]
    }
    text += [48, 13, 10] + whole.trailers + [13, 10]
    let again = decode(text, BodyDecoder(.chunked)) { text.count }
    precondition(again.ended && again.data == whole.data && again.trailers == whole.trailers && again.used == text.count)
    // The section is judged as fields next, and its end is where the decoder saw it.
    let section = whole.trailers + [13, 10]
    let table = FieldTable(capacity: 16)
    var facts = FieldFacts()
    switch TrailerParser.parse(section.span, limits: HeadLimits(bytes: 1 << 20, fields: 16), table, &facts) {
    case .complete: precondition(Int(facts.end) == section.count, "trailers end elsewhere")
    case .incomplete: preconditionFailure("a whole trailer section is incomplete")
    case .refused: break
    }
}

private struct Outcome: Equatable {
    var data: [UInt8] = []
    var trailers: [UInt8] = []
    var ended = false
    var malformed = false
    var used = 0
}

private func decode(_ body: [UInt8], _ fresh: BodyDecoder, step: () -> Int) -> Outcome {
    var outcome = Outcome()
    var decoder = fresh
    var start = 0
    repeat {
        let piece = Array(body[start..<min(start + max(1, step()), body.count)])
        var i = 0
        loop: while true {
            let before = i
            let event = decoder.next(piece.span, &i)
            precondition(i >= before && i <= piece.count)
            switch event {
            case .data(let range): outcome.data += piece[range]
            case .trailer(let range): outcome.trailers += piece[range]
            case .end:
                outcome.ended = true
                outcome.used = start + i
                break loop
            case .malformed:
                outcome.malformed = true
                break loop
            case .more:
                precondition(i == piece.count, "bytes are left over")
                break loop
            }
        }
        start += piece.count
    } while start < body.count && !outcome.ended && !outcome.malformed
    // How much of a broken trailer section was handed out before it broke depends on the pieces; that it broke does not.
    if outcome.malformed { outcome.trailers = [] }
    return outcome
}
