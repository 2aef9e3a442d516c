import Base
import HTTP

/// Any bytes are a PROXY header, the beginning of one, or none; and what a prefix decides, more bytes do not change.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let whole = ProxyHeader.parse(input.span)
    if case .complete(let header) = whole {
        precondition(header.length > 0 && header.length <= min(count, ProxyHeader.longest), "\(header) of \(count) bytes")
        check(header, input)
    }
    for cut in 0..<min(count, 300) {
        let part = ProxyHeader.parse(Array(input[..<cut]).span)
        precondition(part == .incomplete || part == whole, "cut at \(cut) it is \(part), whole it is \(whole)")
    }
    return 0
}

/// Whom it names can be said as a line, and that line names the same.
private func check(_ header: ProxyHeader, _ input: [UInt8]) {
    guard case .client(let address) = header.origin else { return }
    let family = address.ip.isV4 ? "TCP4" : "TCP6"
    let line = Array("PROXY \(family) \(address.ip) \(address.ip) \(address.port) 1\r\n".utf8)
    precondition(ProxyHeader.parse(line.span) == .complete(again(header.origin, line.count)), "\(header) is lost")
}

private func again(_ origin: ProxyHeader.Origin, _ length: Int) -> ProxyHeader { ProxyHeader(origin: origin, length: length) }
