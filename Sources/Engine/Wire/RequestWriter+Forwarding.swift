import Base
import HTTP
import Pipeline

// Who asked, and by which name: fields of clients that are not trusted are replaced, those of trusted proxies kept and continued. A
// filter that sets one of them has the last word.
extension RequestWriter {
    @inline(__always)
    static func putForwarding(
        _ head: borrowing RequestHead, _ row: borrowing ExchangeRow, _ context: RequestContext, _ w: inout HeadWriter,
        _ b: borrowing Buffer
    ) {
        let isPlain = row.x.edits.dropsNothing(.request)
        if isPlain || !isEdited("x-forwarded-for", row.x.edits) {
            w.put("x-forwarded-for: ", b)
            if context.isTrusted && row.request.facts.forwardedFor >= 0 { putEarlier(.xForwardedFor, head, &w, b) }
            w.put(row.x.client, b)
            w.put("\r\n", b)
        }
        if isPlain || !isEdited("x-forwarded-proto", row.x.edits) {
            if !(context.isTrusted && keep(.xForwardedProto, head, &w, b)) {
                if row.x.scheme == .https {
                    w.put("x-forwarded-proto: https\r\n", b)
                } else {
                    w.put("x-forwarded-proto: http\r\n", b)
                }
            }
        }
        if isPlain || !isEdited("x-forwarded-host", row.x.edits) {
            if !(context.isTrusted && keep(.xForwardedHost, head, &w, b)) && !context.authority.isEmpty {
                w.put("x-forwarded-host: ", b)
                w.put(head.bytes.extracting(context.authority), b)
                w.put("\r\n", b)
            }
        }
        if isPlain || !isEdited("x-forwarded-port", row.x.edits) {
            if !(context.isTrusted && keep(.xForwardedPort, head, &w, b)) && context.port != 0 {
                w.put("x-forwarded-port: ", b)
                w.put(decimal: UInt64(context.port), b)
                w.put("\r\n", b)
            }
        }
        if isPlain || !isEdited("x-request-id", row.x.edits) { putRequestID(head, row, &w, b) }
    }

    /// What the client showed in its handshake, unless a filter has the last word.
    static func putCertificate(
        _ shown: borrowing Span<UInt8>, _ row: borrowing ExchangeRow, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) {
        guard row.x.edits.dropsNothing(.request) || !isEdited("x-forwarded-client-cert", row.x.edits) else { return }
        w.put(shown, b)
    }

    @inline(__always)
    private static func putRequestID(
        _ head: borrowing RequestHead, _ row: borrowing ExchangeRow, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) {
        w.put("x-request-id: ", b)
        if row.x.requestID.field >= 0 {
            w.put(head.value(Int(row.x.requestID.field)), b)
        } else {
            w.put(hexadecimal: row.x.requestID.high, b)
            w.put(hexadecimal: row.x.requestID.low, b)
        }
        w.put("\r\n", b)
    }

    /// The values of a list field that proxies before us wrote, each with its comma.
    private static func putEarlier(
        _ kind: FieldKind, _ head: borrowing RequestHead, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) {
        for i in head.fields.indices where head.fields[i].kind == kind && head.fields[i].valueLength > 0 {
            w.put(head.value(i), b)
            w.put(", ", b)
        }
    }

    /// Passes a trusted proxy's line on; false when there is none.
    private static func keep(
        _ kind: FieldKind, _ head: borrowing RequestHead, _ w: inout HeadWriter, _ b: borrowing Buffer
    ) -> Bool {
        for i in head.fields.indices where head.fields[i].kind == kind {
            w.put(head.bytes.extracting(Int(head.fields[i].name)..<Int(head.fields[i].end)), b)
            return true
        }
        return false
    }

    @inline(never)
    private static func isEdited(_ name: StaticString, _ edits: borrowing Edits) -> Bool {
        let bytes = unsafe UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        return unsafe edits.drops(bytes.span, .request)
    }
}
