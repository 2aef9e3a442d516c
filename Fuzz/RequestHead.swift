import Base
import HTTP

private let limits = HeadLimits(bytes: 2048, fields: 16)

/// A request head that comes byte by byte is judged as one that comes at once. What is accepted lies within the bytes, has no control
/// byte, says its length in one way only, and written anew from its parts it is read as the same request. A canonical path is its own
/// canonical form and hides no dot segment.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let all = Array(UnsafeBufferPointer(start: bytes, count: count))
    let table = FieldTable(capacity: 16)
    var request = ParsedRequest()
    let outcome = RequestParser.parse(all.span, limits: limits, table, &request)
    let parts = outcome == .complete ? describe(request, table, all) : []
    // What more bytes would make of it is decided by the first prefix that is decided.
    for length in 0..<min(count, 600) {
        var early = ParsedRequest()
        let decided = RequestParser.parse(all.span.extracting(first: length), limits: limits, table, &early)
        guard decided != .incomplete else { continue }
        precondition(decided == outcome, "\(length): \(decided), whole: \(outcome)")
        if decided == .complete {
            precondition(early.length <= length && describe(early, table, all) == parts, "a prefix is read differently")
        }
        break
    }
    guard outcome == .complete else { return 0 }
    precondition(request.length <= min(count, limits.bytes))
    check(request, parts)
    checkPath(all[slice(request.line.path, request.line.pathLength)], isPlain: !request.needsCanonicalPath)
    return 0
}

private func slice(_ start: Int32, _ length: Int32) -> Range<Int> { Int(start)..<Int(start) + Int(length) }

/// Method, host, path, query and the fields, names before values.
private func describe(_ request: ParsedRequest, _ table: borrowing FieldTable, _ all: [UInt8]) -> [[UInt8]] {
    let line = request.line
    var parts = [(line.method, line.methodLength), (line.host, line.hostLength), (line.path, line.pathLength)].map {
        Array(all[slice($0.0, $0.1)])
    }
    parts.append(line.hasQuery ? [63] + all[slice(line.query, line.queryLength)] : [])
    for i in 0..<Int(request.facts.count) {
        precondition(Int(table[i].value + table[i].valueLength) <= Int(table[i].end) && Int(table[i].end) <= request.length)
        parts.append(Array(all[slice(table[i].name, table[i].nameLength)]))
        parts.append(Array(all[slice(table[i].value, table[i].valueLength)]))
    }
    return parts
}

private func check(_ request: ParsedRequest, _ parts: [[UInt8]]) {
    for part in parts { precondition(part.allSatisfy { ($0 >= 32 || $0 == 9) && $0 != 127 }, "a control byte was accepted") }
    for part in parts[0...3] { precondition(part.allSatisfy { $0 > 32 && $0 < 127 }, "a target with a blank was accepted") }
    precondition(!(request.facts.isChunked && (request.facts.contentLength >= 0 || request.minor == 0)), "a body of two lengths")
    let names = stride(from: 4, to: parts.count, by: 2).map { String(decoding: parts[$0], as: UTF8.self).lowercased() }
    for name in ["host", "content-length", "transfer-encoding"] {
        precondition(names.count { $0 == name } <= 1, "two of \(name)")
    }
    precondition(request.minor == 0 || names.contains("host"))
    precondition(names.allSatisfy { !$0.isEmpty && !$0.utf8.contains { $0 <= 32 || $0 == 58 } }, "a name that is no token")
    precondition(!request.facts.isChunked || names.contains("transfer-encoding"))
    guard !request.isAbsoluteForm else { return }
    var text = parts[0] + [32] + parts[2] + parts[3] + Array(" HTTP/1.\(request.minor)\r\n".utf8)
    for i in stride(from: 4, to: parts.count, by: 2) { text += parts[i] + [58, 32] + parts[i + 1] + [13, 10] }
    text += [13, 10]
    let table = FieldTable(capacity: 16)
    var again = ParsedRequest()
    // The blank after each colon may be more than was sent.
    let outcome = RequestParser.parse(text.span, limits: HeadLimits(bytes: 4096, fields: 16), table, &again)
    precondition(outcome == .complete && describe(again, table, text) == parts, "written anew it is another request")
    precondition(again.facts.contentLength == request.facts.contentLength && again.facts.isChunked == request.facts.isChunked)
    precondition(again.facts.close == request.facts.close && again.keepsAlive == request.keepsAlive)
}

private func checkPath(_ path: ArraySlice<UInt8>, isPlain: Bool) {
    let buffer = Buffer(capacity: 8192)
    guard let length = CanonicalPath.write(Array(path).span, to: buffer, at: 0) else {
        return precondition(!isPlain || path.first != 47, "a path that needs no canonical form is refused")
    }
    let canonical = (0..<length).map { buffer[$0] }
    precondition(!isPlain || canonical == Array(path), "a path that needs no canonical form has another")
    precondition(length <= path.count && canonical.first == 47)
    guard let again = CanonicalPath.write(canonical.span, to: buffer, at: 0) else {
        preconditionFailure("a canonical path is refused")
    }
    precondition((0..<again).map { buffer[$0] } == canonical, "a canonical path has another canonical form")
    precondition(!zip(canonical, canonical.dropFirst()).contains { $0 == 47 && $1 == 47 }, "two slashes")
    // As a backend may read it: escapes decoded, parameters cut off, backslashes as slashes.
    let decoded = decode(canonical)
    precondition(!decoded.contains(0), "a NUL")
    for segment in decoded.split(whereSeparator: { $0 == 47 || $0 == 92 || $0 == 59 }) {
        precondition(segment != [46] && segment != [46, 46], "a dot segment is hidden")
    }
}

private func decode(_ path: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    var i = 0
    while i < path.count {
        if path[i] == 37 {
            guard let byte = UInt8(String(decoding: path[i + 1...i + 2], as: UTF8.self), radix: 16) else {
                preconditionFailure("a canonical path has a broken escape")
            }
            decoded.append(byte)
            i += 3
        } else {
            decoded.append(path[i])
            i += 1
        }
    }
    return decoded
}
