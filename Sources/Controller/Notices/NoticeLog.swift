import Documents
import Resources
import Telemetry
import Translator

/// Diagnostics and complaints as log lines.
enum NoticeLog {
    /// More at once would hide everything else; all of them are on the admin page `/config`.
    static let atOnce = 100

    static func lines(_ diagnostics: [Diagnostic]) -> [LogEvent] {
        var events = diagnostics.prefix(atOnce).map(line)
        if diagnostics.count > atOnce {
            events.append(LogEvent(.warning, "more objects have problems", ["count": String(diagnostics.count - atOnce)]))
        }
        return events
    }

    private static func line(_ diagnostic: Diagnostic) -> LogEvent {
        var event = LogEvent(
            diagnostic.severity == .error ? .error : .warning, "an object has a problem",
            [
                "object": diagnostic.subject.description, "field": diagnostic.path.description, "reason": diagnostic.reason,
                "problem": diagnostic.message,
            ])
        if !diagnostic.file.isEmpty { event.fields.insert(.init("at", "\(diagnostic.file):\(diagnostic.line)"), at: 0) }
        event.fields.removeAll(where: \.value.isEmpty)
        return event
    }

    static func line(_ complaint: Complaint) -> LogEvent {
        LogEvent(
            .warning, "the proxy does not obey a part of the graph",
            ["part": complaint.subject.name, "reason": complaint.reason, "problem": complaint.message])
    }
}

extension Complaint.Subject {
    var name: String {
        switch self {
        case .rule(let name), .cluster(let name), .secret(let name), .listener(let name): name
        }
    }
}
