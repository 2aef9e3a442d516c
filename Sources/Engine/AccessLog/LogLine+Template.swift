import Base
import HTTP
import Pipeline

/// What is known of an exchange when its line is written.
struct LoggedNames {
    var rule: ByteRef
    var arm: ByteRef
    var cluster: ByteRef
    var endpoint: (IPAddress, UInt16)?
}

// A line of text by a template. Whatever a client sent stays within its field: quotes, backslashes, controls and bytes beyond ASCII are written as
// `\xHH`, as nginx does. What is unknown is `-`.
extension LogLine {
    @inline(never)
    mutating func put(
        _ template: LogTemplate, _ x: borrowing Exchange, _ head: borrowing RequestHead, _ fields: LoggedFields,
        _ names: LoggedNames, wall: UInt64, _ time: inout LogTime
    ) {
        var i = 0
        while i < template.count {
            let step = unsafe template.steps[i]
            i &+= 1
            for k in Int(step.textStart)..<Int(step.textStart &+ step.textCount) { put(unsafe template.texts[k]) }
            switch step.field {
            case nil: break
            case .time: time.put(wall, to: &self)
            case .timeLocal: LogTime.putLocal(wall, to: &self)
            case .requestID: putRequestID(x, head, fields)
            case .client: put(x.client)
            case .status: if x.version.isSession { put(45) } else { put(decimal: UInt64(x.status)) }
            case .reason: put(x.reason.code)
            case .rule: put(text: x.edits.bytes(names.rule), LoggedFields.longestName)
            case .arm: put(text: x.edits.bytes(names.arm), LoggedFields.longestName)
            case .cluster: put(text: x.edits.bytes(names.cluster), LoggedFields.longestName)
            case .endpoint: if let (address, port) = names.endpoint { put(address, port) } else { put(45) }
            case .tries: put(decimal: UInt64(x.tries))
            case .hedge: put(x.hedge == .none ? "-" : x.hedge == .won ? "won" : "lost")
            case .bytesReceived: put(decimal: x.bytes.received)
            case .bytesSent: put(decimal: x.bytes.sent)
            case .duration: put(milliseconds: x.times.end.nanoseconds(since: x.times.start))
            case .upstream:
                if x.times.responseStart > .zero {
                    put(milliseconds: x.times.responseStart.nanoseconds(since: x.times.tryStart))
                } else {
                    put(45)
                }
            case .userAgent: put(fields.userAgent, of: head)
            case .referer: put(fields.referer, of: head)
            case .scheme, .method, .host, .path, .version, .request: putAsked(step.field ?? .request, x, head)
            }
        }
        put(10)
    }

    /// What was asked for.
    private mutating func putAsked(_ field: LogField, _ x: borrowing Exchange, _ head: borrowing RequestHead) {
        switch field {
        case .host: put(text: head.host, LoggedFields.longestName)
        case .version: if x.version.isSession || head.line.methodLength > 0 { put(x.version.text) } else { put(45) }
        case .scheme: if x.version.isSession { put(45) } else { put(x.scheme == .https ? "https" : "http") }
        case .method: put(text: head.method, LoggedFields.longestName)
        case .path: putPath(head)
        default:
            guard head.line.methodLength > 0 else { return put(45) }
            put(text: head.method, LoggedFields.longestName)
            put(32)
            putPath(head)
            put(32)
            put(x.version.text)
        }
    }

    private mutating func putPath(_ head: borrowing RequestHead) {
        guard head.line.pathLength > 0 else { return put(45) }
        put(text: head.path, LoggedFields.longestPath)
        guard head.line.hasQuery else { return }
        put(63)
        if head.query.count > 0 { put(text: head.query, LoggedFields.longestPath) }
    }

    private mutating func putRequestID(_ x: borrowing Exchange, _ head: borrowing RequestHead, _ fields: LoggedFields) {
        if fields.requestID >= 0 { return put(fields.requestID, of: head) }
        put(hexadecimal: x.requestID.high)
        put(hexadecimal: x.requestID.low)
    }

    private mutating func put(_ field: Int, of head: borrowing RequestHead) {
        guard field >= 0 else { return put(45) }
        put(text: head.value(field), LoggedFields.longestField)
    }

    private mutating func put(_ address: IPAddress, _ port: UInt16) {
        if !address.isV4 { put(91) }
        put(address)
        if !address.isV4 { put(93) }
        put(58)
        put(decimal: UInt64(port))
    }

    private mutating func put(text bytes: borrowing Span<UInt8>, _ longest: Int) {
        guard bytes.count > 0 else { return put(45) }
        let count = min(bytes.count, longest)
        var i = 0
        while i < count {
            let byte = bytes[i]
            i &+= 1
            if byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c {
                put(byte)
                continue
            }
            put(92)
            put(120)
            put(Self.hexDigit(byte >> 4))
            put(Self.hexDigit(byte & 15))
        }
        if count < bytes.count { put("...") }
    }
}

extension LogTime {
    /// `02/Jan/2026:15:04:05 +0000`, as the common log format has it.
    static func putLocal(_ wallNanoseconds: UInt64, to line: inout LogLine) {
        let now = wallNanoseconds / 1_000_000_000
        let date = date(now / 86400)
        let months: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        line.put(decimal: date.day, width: 2)
        line.put(47)
        for i in 0..<3 { line.put(unsafe months.utf8Start[3 &* Int(date.month &- 1) &+ i]) }
        line.put(47)
        line.put(decimal: date.year, width: 4)
        line.put(58)
        line.put(decimal: now % 86400 / 3600, width: 2)
        line.put(58)
        line.put(decimal: now / 60 % 60, width: 2)
        line.put(58)
        line.put(decimal: now % 60, width: 2)
        line.put(" +0000")
    }
}
