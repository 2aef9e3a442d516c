/// Frames written by hand, for what an orderly client does not send (RFC 9113 section 4, RFC 7541 without compression).
enum HTTP2Frames {
    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    static func frame(_ type: UInt8, _ flags: UInt8 = 0, _ stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let n = payload.count
        return [UInt8(n >> 16), UInt8(n >> 8 & 255), UInt8(n & 255), type, flags] + number(stream) + payload
    }

    static func number(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

    static func settings(_ entries: [(UInt16, UInt32)] = []) -> [UInt8] {
        frame(4, 0, 0, entries.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 255)] + number($0.1) })
    }

    static var hello: [UInt8] { preface + settings() }

    /// Literal fields that nobody remembers.
    static func block(_ fields: [(String, String)]) -> [UInt8] {
        fields.flatMap { [0] + string($0.0) + string($0.1) }
    }

    private static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard bytes.count >= 127 else { return [UInt8(bytes.count)] + bytes }
        var length: [UInt8] = [127]
        var rest = bytes.count - 127
        while rest >= 128 {
            length.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return length + [UInt8(rest)] + bytes
    }

    static func headers(_ stream: UInt32, _ fields: [(String, String)], ends: Bool = true) -> [UInt8] {
        frame(1, 4 | (ends ? 1 : 0), stream, block(fields))
    }

    static func data(_ stream: UInt32, _ bytes: [UInt8], ends: Bool = false) -> [UInt8] { frame(0, ends ? 1 : 0, stream, bytes) }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> [UInt8] { frame(3, 0, stream, number(code)) }

    static func windowUpdate(_ stream: UInt32, _ more: UInt32) -> [UInt8] { frame(8, 0, stream, number(more)) }

    static func ping(_ mark: UInt8 = 0, isAnswer: Bool = false) -> [UInt8] {
        frame(6, isAnswer ? 1 : 0, 0, [UInt8](repeating: mark, count: 8))
    }

    static let plain = [(":method", "GET"), (":scheme", "https"), (":path", "/"), (":authority", "a.example")]

    /// Type and stream of each frame, with the error code of RST_STREAM and GOAWAY.
    static func describe(_ bytes: [UInt8]) -> [String] {
        let names = ["DATA", "HEADERS", "PRIORITY", "RST", "SETTINGS", "PUSH", "PING", "GOAWAY", "WINDOW", "CONTINUATION"]
        var lines: [String] = []
        var i = bytes.starts(with: preface) ? preface.count : 0
        while i + 9 <= bytes.count {
            let n = Int(bytes[i]) << 16 | Int(bytes[i + 1]) << 8 | Int(bytes[i + 2])
            let type = Int(bytes[i + 3])
            let stream = bytes[(i + 5)..<(i + 9)].reduce(0) { $0 << 8 | UInt32($1) }
            var line = "\(names[type]) \(stream)"
            if type == 3 { line += " code \(bytes[i + 12])" }
            if type == 7 { line += " code \(bytes[i + 16])" }
            if type == 0 { line += " \(n)" }
            if type <= 1, bytes[i + 4] & 1 != 0 { line += " ends" }
            if type == 4 || type == 6, bytes[i + 4] & 1 != 0 { line += " ack" }
            lines.append(line)
            i += 9 + n
        }
        return lines
    }
}
