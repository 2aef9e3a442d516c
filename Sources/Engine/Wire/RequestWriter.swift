import Base
import HTTP
import Pipeline

/// What a request head needs besides the client's own head and the edits of filters.
struct RequestContext {
    var authority: Range<Int>
    /// Port that the client connected to; 0 when it is not known.
    var port: UInt16
    var isTrusted: Bool
    /// The body's length is not what the client said: it goes in chunks.
    var isReframed: Bool
    var endpoint: SocketAddress
}

/// Writes a request head for an endpoint, always anew: hop-by-hop fields gone, edits applied, forwarding fields and request id added.
enum RequestWriter {
    @inline(__always)
    /// - Parameter shown: the line about the certificate that the client showed; empty without one.
    static func write(
        _ head: borrowing RequestHead, _ row: borrowing ExchangeRow, _ context: RequestContext, shown: borrowing Span<UInt8>,
        _ b: borrowing Buffer
    ) -> HeadWriter {
        var w = HeadWriter(limit: Memory.longestHead)
        putLine(head, row, &w, b)
        putFields(head, row, context, &w, b)
        putHost(head, row, context, &w, b)
        putForwarding(head, row, context, &w, b)
        if shown.count > 0 { putCertificate(shown, row, &w, b) }
        putConnection(row, context, &w, b)
        EditLines.put(row.x.edits, .request, &w, b)
        w.put("\r\n", b)
        return w
    }

    @inline(__always)
    private static func putLine(
        _ head: borrowing RequestHead, _ row: borrowing ExchangeRow, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) {
        w.put(head.method, b)
        w.put(32, b)
        if row.x.edits.path.isPresent { w.put(row.x.edits.bytes(row.x.edits.path), b) } else { w.put(head.path, b) }
        if row.x.edits.query.isPresent {
            if row.x.edits.query.count > 0 {
                w.put(63, b)
                w.put(row.x.edits.bytes(row.x.edits.query), b)
            }
        } else if head.line.hasQuery {
            w.put(63, b)
            w.put(head.query, b)
        }
        w.put(" HTTP/1.1\r\n", b)
    }

    /// The client's fields that pass, copied in runs of lines as they came.
    @inline(__always)
    private static func putFields(
        _ head: borrowing RequestHead, _ row: borrowing ExchangeRow, _ context: RequestContext, _ w: inout HeadWriter,
        _ b: borrowing Buffer
    ) {
        var run = Int(row.request.fieldsStart)
        let count = head.fields.count
        let isPlain = !row.request.facts.connectionLists && row.x.edits.dropsNothing(.request)
        let keepsHost = !row.request.isAbsoluteForm && !row.x.edits.host.isPresent && row.request.facts.host >= 0
        var i = 0
        while i < count {
            let field = head.fields[i]
            var passes: Bool
            switch field.kind {
            case .other, .cookie, .userAgent, .date: passes = isPlain || passesByName(head, i, row)
            case .host: passes = keepsHost
            case .expect: passes = !row.wasContinued
            case .forwarded, .xRealIP, .forwardedCertificate:
                passes = context.isTrusted && (isPlain || !row.x.edits.drops(head.name(i), .request))
            case .mirror: passes = context.isTrusted && !row.isMirror
            case .connection, .hopByHop, .te, .transferEncoding, .contentLength, .upgrade, .forgedForwarding, .xForwardedFor,
                .xForwardedProto, .xForwardedHost, .xForwardedPort, .requestID:
                passes = false
            }
            if !passes {
                if Int(field.name) > run { w.put(head.bytes.extracting(run..<Int(field.name)), b) }
                run = Int(field.end)
            }
            i &+= 1
        }
        let end = Int(row.request.facts.end) &- 2
        if end > run { w.put(head.bytes.extracting(run..<end), b) }
    }

    @inline(never)
    private static func passesByName(_ head: borrowing RequestHead, _ i: Int, _ row: borrowing ExchangeRow) -> Bool {
        if row.x.edits.drops(head.name(i), .request) { return false }
        return !row.request.facts.connectionLists || !ConnectionTokens.name(head.name(i), head.bytes, head.fields)
    }

    @inline(__always)
    private static func putHost(
        _ head: borrowing RequestHead, _ row: borrowing ExchangeRow, _ context: RequestContext, _ w: inout HeadWriter,
        _ b: borrowing Buffer
    ) {
        if row.x.edits.host.isPresent {
            w.put("host: ", b)
            w.put(row.x.edits.bytes(row.x.edits.host), b)
            w.put("\r\n", b)
        } else if row.request.isAbsoluteForm {
            w.put("host: ", b)
            w.put(head.bytes.extracting(context.authority), b)
            w.put("\r\n", b)
        } else if row.request.facts.host < 0 {
            // HTTP/1.0 may leave it out; HTTP/1.1 may not.
            w.put("host: ", b)
            if !context.endpoint.ip.isV4 { w.put(91, b) }
            w.put(context.endpoint.ip, b)
            if !context.endpoint.ip.isV4 { w.put(93, b) }
            w.put(58, b)
            w.put(decimal: UInt64(context.endpoint.port), b)
            w.put("\r\n", b)
        }
    }

    @inline(__always)
    private static func putConnection(
        _ row: borrowing ExchangeRow, _ context: RequestContext, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) {
        if row.isMirror { w.put("x-martlet-mirror: 1\r\n", b) }
        if row.wantsTunnel {
            w.put("connection: upgrade\r\nupgrade: websocket\r\n", b)
        } else if row.request.facts.teTrailers {
            w.put("te: trailers\r\nconnection: te\r\n", b)
        }
        if row.request.facts.isChunked || (context.isReframed && row.request.framing != .none) {
            w.put("transfer-encoding: chunked\r\n", b)
        } else if row.request.facts.contentLength >= 0 {
            w.put("content-length: ", b)
            w.put(decimal: UInt64(row.request.facts.contentLength), b)
            w.put("\r\n", b)
        }
    }
}

/// Lines that edits add, on either side.
enum EditLines {
    static func put(_ edits: borrowing Edits, _ side: Edit.Side, _ w: inout HeadWriter, _ b: borrowing Buffer) {
        var i = 0
        while i < edits.count {
            if edits.writes(i, side) { w.field(edits.bytes(edits[i].name), edits.bytes(edits[i].value), b) }
            i &+= 1
        }
    }
}
