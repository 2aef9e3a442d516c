/// What a line of text can hold. Names are those of the members of a line in JSON, and two that the common log formats need.
enum LogField: UInt8, CaseIterable, Sendable {
    case time, timeLocal, requestID, client, scheme, method, host, path, version, request, status, reason, rule, arm, cluster
    case endpoint, tries, hedge, bytesReceived, bytesSent, duration, upstream, userAgent, referer

    var name: String {
        switch self {
        case .time: "time"
        case .timeLocal: "time_local"
        case .requestID: "request_id"
        case .client: "client"
        case .scheme: "scheme"
        case .method: "method"
        case .host: "host"
        case .path: "path"
        case .version: "protocol"
        case .request: "request"
        case .status: "status"
        case .reason: "reason"
        case .rule: "rule"
        case .arm: "arm"
        case .cluster: "cluster"
        case .endpoint: "endpoint"
        case .tries: "tries"
        case .hedge: "hedge"
        case .bytesReceived: "bytes_received"
        case .bytesSent: "bytes_sent"
        case .duration: "duration_ms"
        case .upstream: "upstream_ms"
        case .userAgent: "user_agent"
        case .referer: "referer"
        }
    }

    /// The most that is written for it.
    var longest: Int {
        switch self {
        case .path: Self.text(2 * LoggedFields.longestPath + 1)
        case .request: Self.text(2 * LoggedFields.longestPath + 1) + Self.text(LoggedFields.longestName) + 16
        case .requestID, .userAgent, .referer: Self.text(LoggedFields.longestField)
        case .method, .host, .rule, .arm, .cluster: Self.text(LoggedFields.longestName)
        case .endpoint, .client: 64
        default: 40
        }
    }

    /// Each byte may become `\xHH`, and a text that was cut twice ends in two marks.
    private static func text(_ bytes: Int) -> Int { 4 * bytes + 6 }

    /// Numbers are written in words: so much may be touched behind a line, its end included.
    static let slack = 32
}

/// A format as workers read it: plain data, valid while the log lives.
@safe struct LogTemplate: @unchecked Sendable {
    // Unchecked: written before the log's first line, and never again.
    struct Step: BitwiseCopyable {
        /// What of `texts` comes first.
        var textStart: Int32
        var textCount: Int32
        /// Then that; nothing behind the last text.
        var field: LogField?
    }

    let steps: UnsafePointer<Step>
    let count: Int
    let texts: UnsafePointer<UInt8>
    /// No line is longer.
    let bound: Int
}

/// Owns what a template points to.
@safe final class LogTemplateMemory: @unchecked Sendable {
    // Unchecked: see `LogTemplate`.
    private let steps: UnsafeMutablePointer<LogTemplate.Step>
    private let texts: UnsafeMutablePointer<UInt8>
    let template: LogTemplate

    /// nil for JSON.
    init?(_ format: AccessLogFormat) {
        guard !format.pieces.isEmpty else { return nil }
        var made: [LogTemplate.Step] = []
        var bytes: [UInt8] = []
        var bound = LogField.slack
        var textStart = 0
        for piece in format.pieces {
            switch piece {
            case .text(let text): bytes += text.utf8
            case .field(let field):
                made.append(
                    LogTemplate.Step(textStart: Int32(textStart), textCount: Int32(bytes.count - textStart), field: field))
                textStart = bytes.count
                bound += field.longest
            }
        }
        if textStart < bytes.count {
            made.append(LogTemplate.Step(textStart: Int32(textStart), textCount: Int32(bytes.count - textStart), field: nil))
        }
        unsafe steps = .allocate(capacity: max(1, made.count))
        unsafe texts = .allocate(capacity: max(1, bytes.count))
        for i in made.indices { unsafe (steps + i).initialize(to: made[i]) }
        for i in bytes.indices { unsafe (texts + i).initialize(to: bytes[i]) }
        unsafe template = LogTemplate(
            steps: UnsafePointer(steps), count: made.count, texts: UnsafePointer(texts), bound: bound + bytes.count)
    }

    deinit {
        unsafe steps.deallocate()
        unsafe texts.deallocate()
    }
}
