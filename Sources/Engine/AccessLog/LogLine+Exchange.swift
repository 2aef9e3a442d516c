import Base
import HTTP
import Pipeline

// The members of an access-log line behind its time. Members whose value is unknown are left out.
extension LogLine {
    @inline(__always)
    mutating func put(
        _ x: borrowing Exchange, _ head: borrowing RequestHead, _ fields: LoggedFields, rule: ByteRef, arm: ByteRef,
        cluster: ByteRef, endpoint: (IPAddress, UInt16)?
    ) {
        put("\",\"request_id\":\"")
        if fields.requestID >= 0 {
            put(cut: head.value(fields.requestID), LoggedFields.longestField)
        } else {
            put(hexadecimal: x.requestID.high)
            put(hexadecimal: x.requestID.low)
        }
        put("\",\"client\":\"")
        put(x.client)
        if x.version.isSession {
            putSession(x, head)
        } else {
            putRequest(x, head)
            put(",\"status\":")
            put(decimal: UInt64(x.status))
        }
        put(",\"reason\":\"")
        put(x.reason.code)
        put(34)
        member(",\"rule\":\"", x.edits.bytes(rule), LoggedFields.longestName)
        member(",\"arm\":\"", x.edits.bytes(arm), LoggedFields.longestName)
        member(",\"cluster\":\"", x.edits.bytes(cluster), LoggedFields.longestName)
        if let endpoint { put(endpoint: endpoint.0, endpoint.1) }
        put(",\"tries\":")
        put(decimal: UInt64(x.tries))
        if x.hedge != .none { put(x.hedge == .won ? ",\"hedge\":\"won\"" : ",\"hedge\":\"lost\"") }
        putFigures(x)
        if fields.userAgent >= 0 { member(",\"user_agent\":\"", head.value(fields.userAgent), LoggedFields.longestField) }
        if fields.referer >= 0 { member(",\"referer\":\"", head.value(fields.referer), LoggedFields.longestField) }
        put("}\n")
    }

    @inline(__always)
    private mutating func putRequest(_ x: borrowing Exchange, _ head: borrowing RequestHead) {
        put("\",\"scheme\":\"")
        put(x.scheme == .https ? "https" : "http")
        put(34)
        member(",\"method\":\"", head.method, LoggedFields.longestName)
        member(",\"host\":\"", head.host, LoggedFields.longestName)
        if head.line.pathLength > 0 {
            put(",\"path\":\"")
            put(cut: head.path, LoggedFields.longestPath)
            if head.line.hasQuery {
                put(63)
                put(cut: head.query, LoggedFields.longestPath)
            }
            put(34)
        }
        if head.line.methodLength > 0 {
            put(",\"protocol\":\"")
            put(x.version.text)
            put(34)
        }
    }

    @inline(never)
    private mutating func putSession(_ x: borrowing Exchange, _ head: borrowing RequestHead) {
        put("\",\"protocol\":\"")
        put(x.version.text)
        put(34)
        member(",\"host\":\"", head.host, LoggedFields.longestName)
    }

    @inline(__always)
    private mutating func putFigures(_ x: borrowing Exchange) {
        put(",\"bytes_received\":")
        put(decimal: x.bytes.received)
        put(",\"bytes_sent\":")
        put(decimal: x.bytes.sent)
        put(",\"duration_ms\":")
        put(milliseconds: x.times.end.nanoseconds(since: x.times.start))
        if x.times.responseStart > .zero {
            put(",\"upstream_ms\":")
            put(milliseconds: x.times.responseStart.nanoseconds(since: x.times.tryStart))
        }
    }

    private mutating func put(endpoint address: IPAddress, _ port: UInt16) {
        put(",\"endpoint\":\"")
        if address.isV4 {
            put(address)
        } else {
            put(91)
            put(address)
            put(93)
        }
        put(58)
        put(decimal: UInt64(port))
        put(34)
    }

    /// `name` is a member's beginning up to the value's opening quote. Nothing for an empty value.
    @inline(__always) private mutating func member(_ name: StaticString, _ value: borrowing Span<UInt8>, _ longest: Int) {
        guard value.count > 0 else { return }
        put(name)
        put(cut: value, longest)
        put(34)
    }

    private mutating func put(cut value: borrowing Span<UInt8>, _ longest: Int) {
        if value.count <= longest { return put(escaped: value) }
        put(escaped: value.extracting(first: longest))
        put("…")
    }
}
