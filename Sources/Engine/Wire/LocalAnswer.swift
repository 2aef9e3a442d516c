import Base
import HTTP
import Pipeline

/// Writes an answer of our own: head and body.
enum LocalAnswer {
    static func write(
        _ reply: LocalReply, _ edits: borrowing Edits, isHead: Bool, _ context: ResponseWriter.Context, _ b: borrowing Buffer
    ) -> HeadWriter {
        var w = HeadWriter(limit: b.capacity)
        w.put("HTTP/1.1 ", b)
        ResponseWriter.putStatus(reply.status, &w, b)
        w.put(StatusPhrase.text(reply.status), b)
        w.put("\r\n", b)
        let hasBody = reply.status >= 200 && reply.status != 204 && reply.status != 304
        if hasBody { putDescription(reply, edits, &w, b) }
        EditLines.put(edits, .response, &w, b)
        ResponseWriter.putConnection(context, &w, b)
        w.put("\r\n", b)
        if hasBody && !isHead { putBody(reply, edits, &w, b) }
        return w
    }

    private static func putDescription(
        _ reply: LocalReply, _ edits: borrowing Edits, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) {
        var length = 0
        switch reply.body {
        case .standard:
            length = 3 + 1 + reply.reason.code.utf8CodeUnitCount + 1
            w.put("content-type: text/plain; charset=utf-8\r\n", b)
        case .bytes(let ref):
            length = ref.count
            if reply.contentType.isPresent {
                w.put("content-type: ", b)
                w.put(edits.bytes(reply.contentType), b)
                w.put("\r\n", b)
            }
        case .none, .source: break
        }
        w.put("content-length: ", b)
        w.put(decimal: UInt64(length), b)
        w.put("\r\n", b)
    }

    /// `404 NoRoute` and a line's end, or what the rule says.
    private static func putBody(_ reply: LocalReply, _ edits: borrowing Edits, _ w: inout HeadWriter, _ b: borrowing Buffer) {
        switch reply.body {
        case .standard:
            ResponseWriter.putStatus(reply.status, &w, b)
            w.put(reply.reason.code, b)
            w.put(10, b)
        case .bytes(let ref): w.put(edits.bytes(ref), b)
        case .none, .source: break
        }
    }
}

/// Reason phrases (RFC 9110 section 15) for statuses that we give ourselves.
enum StatusPhrase {
    static func text(_ status: UInt16) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 410: "Gone"
        case 413: "Content Too Large"
        case 417: "Expectation Failed"
        case 418: "I'm a teapot"
        case 421: "Misdirected Request"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 451: "Unavailable For Legal Reasons"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 508: "Loop Detected"
        default: status < 400 ? "Other" : "Error"
        }
    }
}
