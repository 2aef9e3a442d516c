import Base

/// Any text is an address or it is not; a printed address parses to itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let text = String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    if let address = IPAddress(text) {
        precondition(IPAddress(address.description) == address, "\(text) printed as \(address)")
    }
    if let block = CIDR(text) { precondition(CIDR(block.description) == block, "\(text) printed as \(block)") }
    return 0
}
