import HTTP

/// A chunked body gives the same bytes, trailers and end however it is cut. The first byte says how.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let body = Array(UnsafeBufferPointer(start: bytes + 1, count: count - 1))
    let whole = decode(body, step: max(1, body.count))
    let cut = decode(body, step: 1 + Int(bytes[0]) % 7)
    precondition(whole == cut, "cut into pieces it is another body")
    return 0
}

private struct Outcome: Equatable {
    var data: [UInt8] = []
    var trailers: [UInt8] = []
    var ended = false
    var malformed = false
    var used = 0
}

private func decode(_ body: [UInt8], step: Int) -> Outcome {
    var outcome = Outcome()
    var decoder = BodyDecoder(.chunked)
    var start = 0
    while start < body.count, !outcome.ended, !outcome.malformed {
        let piece = Array(body[start..<min(start + step, body.count)])
        var i = 0
        loop: while true {
            switch decoder.next(piece.span, &i) {
            case .data(let range): outcome.data += piece[range]
            case .trailer(let range): outcome.trailers += piece[range]
            case .end:
                outcome.ended = true
                outcome.used = start + i
                break loop
            case .malformed:
                outcome.malformed = true
                break loop
            case .more: break loop
            }
        }
        start += step
    }
    // How much of a broken body was passed on before it broke depends on the pieces; that it broke does not.
    return outcome
}
