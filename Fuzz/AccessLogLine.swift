import Base
import Documents
@testable import Engine
import HTTP
import Pipeline
import Reactor

nonisolated(unsafe) private var buffer: AccessLogBuffer?

/// An access-log line made of any bytes is one line of valid JSON in UTF-8. The input is cut into method, host, path, query, agent and
/// rule at zero bytes.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    if buffer == nil, let bell = try? Bell() { buffer = AccessLogBuffer(capacity: 1 << 17, bell: bell) }
    guard let buffer else { preconditionFailure("no bell") }
    let parts = UnsafeBufferPointer(start: bytes, count: count).split(
        separator: 0, maxSplits: 5, omittingEmptySubsequences: false)
    var text: [UInt8] = []
    func place(_ i: Int) -> (Int32, Int32) {
        guard i < parts.count else { return (0, 0) }
        defer { text += parts[i] }
        return (Int32(text.count), Int32(parts[i].count))
    }
    var line = RequestLine()
    (line.method, line.methodLength) = place(0)
    (line.host, line.hostLength) = place(1)
    (line.path, line.pathLength) = place(2)
    (line.query, line.queryLength) = place(3)
    line.hasQuery = line.queryLength > 0
    let agent = place(4)
    let fields = [FieldLine(name: 0, nameLength: 0, value: agent.0, valueLength: agent.1, end: 0, kind: .userAgent)]
    let names = ConstantPool()
    let x = Exchange()
    let head = RequestHead(bytes: text.span, fields: fields.span, line: line)
    let dropped = buffer.dropped
    buffer.ring.append(x, head, rule: names.add(parts.count > 5 ? Array(parts[5]) : []), cluster: .nothing, endpoint: nil)
    var written: [UInt8] = []
    buffer.drain { written += $0 }
    if buffer.dropped > dropped { return 0 }
    precondition(written.last == 10 && written.count { $0 == 10 } == 1, "not one line")
    precondition(String(validating: written, as: UTF8.self) != nil, "not UTF-8")
    guard let value = try? Value(json: written) else {
        preconditionFailure("not JSON: \(String(decoding: written, as: UTF8.self))")
    }
    precondition(value["status"]?.integer == 0)
    return 0
}
