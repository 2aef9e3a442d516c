import Balancing
import Base
import HTTP

private let name = Array("martlet-arm".utf8)

/// Any bytes are Cookie fields, one a line: every value of our cookie is found, where a reading by hand finds it; and what counts as a
/// token is written as it was.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: bytes, count: count))
    let values = input.split(separator: 10, omittingEmptySubsequences: false)
    let fields = values.map { value in
        FieldLine(
            name: 0, nameLength: 0, value: Int32(value.startIndex), valueLength: Int32(value.count), end: Int32(value.endIndex),
            kind: .cookie)
    }
    let head = RequestHead(bytes: input.span, fields: fields.span, line: RequestLine())
    var found: [[UInt8]] = []
    var cursor = CookieCursor()
    while let range = cursor.next(name.span, in: head) { found.append(Array(input[range])) }
    precondition(found == values.flatMap(byHand), "\(found) of \(input)")
    for value in found {
        guard let token = SessionToken(value.span) else { continue }
        precondition(token.ticket != 0, "a ticket that means none")
        precondition((0..<SessionToken.length).map { token.character($0) } == value, "\(token) is written otherwise")
    }
    return 0
}

private func byHand(_ field: ArraySlice<UInt8>) -> [[UInt8]] {
    field.split(separator: UInt8(ascii: ";")).compactMap { pair in
        let start = pair.drop { $0 == 32 || $0 == 9 }
        guard start.starts(with: name + [UInt8(ascii: "=")]) else { return nil }
        var value = Array(start.dropFirst(name.count + 1))
        while value.last == 32 || value.last == 9 { value.removeLast() }
        return value
    }
}
