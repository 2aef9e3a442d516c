import Base
import HTTP
import Pipeline

/// Writes an answer's head for a client, always anew.
enum ResponseWriter {
    /// What connects the answer to the connection that it goes out on.
    struct Context {
        /// How the body goes out.
        var framing: Framing
        /// What Content-Length says, also to a HEAD request; -1 without.
        var length: Int64
        var closes: Bool
        /// HTTP/1.0 must be told that the connection stays.
        var isOld: Bool
        var isTunnel = false
        /// The client is owed the answer to its WebSocket's key.
        var owesAccept = false
        /// It goes to a stream, which wants to know where its fields lie.
        var isOutlined = false
    }

    static func write(
        _ head: borrowing ResponseHead, _ response: ParsedResponse, _ edits: borrowing Edits, _ context: Context,
        key: borrowing Span<UInt8> = Span(), _ b: borrowing Buffer, _ frames: borrowing HTTP2Wire
    ) -> HeadWriter {
        var w = HeadWriter(limit: Memory.longestHead)
        if context.isOutlined { frames.beginOutline() }
        w.put("HTTP/1.1 ", b)
        putStatus(response.status, &w, b)
        let phrase = Int(response.phrase)
        w.put(head.bytes.extracting(phrase..<(phrase &+ Int(response.phraseLength))), b)
        w.put("\r\n", b)
        putFields(head, response, edits, context, &w, b, frames)
        let tail = w.count
        EditLines.put(edits, .response, &w, b)
        if context.owesAccept { w.put(acceptOf: key, b) }
        let isLengthNext = w.count == tail
        putConnection(context, &w, b)
        w.put("\r\n", b)
        if context.isOutlined { finishOutline(context, tail: tail, isLengthNext: isLengthNext, w, frames) }
        return w
    }

    /// Streams take of what is said about the connection nothing but the length.
    private static func finishOutline(
        _ context: Context, tail: Int, isLengthNext: Bool, _ w: HeadWriter, _ frames: borrowing HTTP2Wire
    ) {
        guard !w.isTooLong, isLengthNext else { return frames.finishOutline(tail: tail, length: w.isTooLong ? 0 : w.count) }
        if context.length >= 0 {
            var digits = 1
            var rest = context.length
            while rest >= 10 {
                rest /= 10
                digits &+= 1
            }
            let line = FieldLine(
                name: 0, nameLength: 14, value: 16, valueLength: Int32(truncatingIfNeeded: digits),
                end: Int32(truncatingIfNeeded: 18 &+ digits), kind: .contentLength)
            frames.outline(line, movedBy: tail)
        }
        frames.finishOutline(tail: w.count &- 2, length: w.count)
    }

    static func putStatus(_ status: UInt16, _ w: inout HeadWriter, _ b: borrowing Buffer) {
        w.put(UInt8(truncatingIfNeeded: 48 &+ status / 100 % 10), b)
        w.put(UInt8(truncatingIfNeeded: 48 &+ status / 10 % 10), b)
        w.put(UInt8(truncatingIfNeeded: 48 &+ status % 10), b)
        w.put(32, b)
    }

    static func putConnection(_ context: Context, _ w: inout HeadWriter, _ b: borrowing Buffer) {
        if context.framing == .chunked { w.put("transfer-encoding: chunked\r\n", b) }
        if context.length >= 0 {
            w.put("content-length: ", b)
            w.put(decimal: UInt64(context.length), b)
            w.put("\r\n", b)
        }
        if context.isTunnel {
            w.put("connection: upgrade\r\nupgrade: websocket\r\n", b)
        } else if context.closes {
            w.put("connection: close\r\n", b)
        } else if context.isOld {
            w.put("connection: keep-alive\r\n", b)
        }
    }

    private static func putFields(
        _ head: borrowing ResponseHead, _ response: ParsedResponse, _ edits: borrowing Edits, _ context: Context,
        _ w: inout HeadWriter, _ b: borrowing Buffer, _ frames: borrowing HTTP2Wire
    ) {
        var run = Int(response.fieldsStart)
        let count = head.fields.count
        let isPlain = !response.facts.connectionLists && edits.dropsNothing(.response)
        var i = 0
        while i < count {
            let field = head.fields[i]
            let passes: Bool
            switch field.kind {
            case .connection, .hopByHop, .transferEncoding, .upgrade, .contentLength: passes = false
            default:
                passes =
                    isPlain
                    || (!edits.drops(head.name(i), .response)
                        && !(response.facts.connectionLists && ConnectionTokens.name(head.name(i), head.bytes, head.fields)))
            }
            if !passes {
                if Int(field.name) > run { w.put(head.bytes.extracting(run..<Int(field.name)), b) }
                run = Int(field.end)
            } else if context.isOutlined {
                frames.outline(field, movedBy: w.count &- run)
            }
            i &+= 1
        }
        let end = Int(response.facts.end) &- 2
        if end > run { w.put(head.bytes.extracting(run..<end), b) }
    }
}
