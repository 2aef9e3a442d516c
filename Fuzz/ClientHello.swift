import Base
import Secure

/// Any bytes are a ClientHello, the beginning of one, or not for us; what a prefix decides, more bytes do not change; and a name is one that
/// a host can have.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let scratch = Buffer(capacity: 40_000)
    let whole = ClientHello.parse(input.span, in: scratch)
    if case .complete(let hello) = whole {
        precondition(hello.name.count <= 253 && hello.application.count <= 255, "\(hello) of \(count) bytes")
        for i in hello.name {
            let c = scratch[i]
            precondition((97...122).contains(c) || (48...57).contains(c) || c == 45 || c == 46 || c == 95, "\(c) in a name")
        }
    }
    if whole == .incomplete { precondition(count < ClientHello.mostBytes, "\(count) bytes are not enough") }
    for cut in 0..<min(count, 400) {
        let part = ClientHello.parse(input.span.extracting(first: cut), in: scratch)
        precondition(part == .incomplete || part == whole, "cut at \(cut) it is \(part), whole it is \(whole)")
    }
    return 0
}
