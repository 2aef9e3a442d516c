import Base
@testable import Engine
import HTTP
import Pipeline
import Reactor

nonisolated(unsafe) private var bell: Bell?

/// Any text is a format of the access log or is refused with a place in it, and a format writes one line of ASCII whatever a client sent. The input
/// is cut at zero bytes into format, method, host, path, query, agent and rule.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    if bell == nil { bell = try? Bell() }
    guard let bell else { preconditionFailure("no bell") }
    let parts = UnsafeBufferPointer(start: bytes, count: count).split(
        separator: 0, maxSplits: 6, omittingEmptySubsequences: false)
    let written = String(decoding: parts[0], as: UTF8.self)
    let format: AccessLogFormat
    do { format = try AccessLogFormat(written) } catch {
        precondition(error.position >= 0 && error.position <= written.count + 1, "a place that is not in the text")
        return 0
    }
    guard let memory = LogTemplateMemory(format) else { return 0 }
    var text: [UInt8] = []
    func place(_ i: Int) -> (Int32, Int32) {
        guard i < parts.count else { return (0, 0) }
        defer { text += parts[i] }
        return (Int32(text.count), Int32(parts[i].count))
    }
    var line = RequestLine()
    (line.method, line.methodLength) = place(1)
    (line.host, line.hostLength) = place(2)
    (line.path, line.pathLength) = place(3)
    (line.query, line.queryLength) = place(4)
    line.hasQuery = line.queryLength > 0
    let agent = place(5)
    let fields = [FieldLine(name: 0, nameLength: 0, value: agent.0, valueLength: agent.1, end: 0, kind: .userAgent)]
    let names = ConstantPool()
    let buffer = AccessLogBuffer(capacity: 1 << 17, bell: bell, template: memory)
    let head = RequestHead(bytes: text.span, fields: fields.span, line: line)
    buffer.ring.append(
        Exchange(), head, rule: names.add(parts.count > 6 ? Array(parts[6]) : []), cluster: .nothing, endpoint: nil)
    var lines: [UInt8] = []
    buffer.drain { lines += $0 }
    precondition(buffer.dropped == 0, "a line that an empty ring has no room for")
    precondition(lines.count <= memory.template.bound, "longer than its bound")
    precondition(lines.last == 10 && lines.count { $0 == 10 } == 1, "not one line")
    // What is not ASCII, or a control, is the format's own.
    let own = written.utf8.filter { $0 >= 127 || $0 < 32 }.count
    precondition(lines.dropLast().count { $0 >= 127 || $0 < 32 } <= own, "a client's byte as it came")
    return 0
}
