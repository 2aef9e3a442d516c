/// One thing that happened: a constant lower-case sentence, and what varies as fields. Where it goes is the sink's matter.
public struct LogEvent: Sendable, Equatable {
    public enum Level: String, Sendable, CaseIterable { case debug, info, warning, error }

    public var level: Level
    public var message: String
    public var fields: [Field]

    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ level: Level, _ message: String, _ fields: KeyValuePairs<String, String> = [:]) {
        self.level = level
        self.message = message
        self.fields = fields.map { Field($0.key, $0.value) }
    }
}

/// Receives events, from any thread. The executable gives one that writes to standard error; a test gives one that remembers.
public typealias LogSink = @Sendable (LogEvent) -> Void

extension LogEvent {
    /// `level message field=value field="value with spaces"`, for people.
    public var text: String {
        fields.reduce("\(level.rawValue) \(message)") { line, field in
            let plain =
                !field.value.isEmpty
                && field.value.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && !JSONText.isControl($0) }
            return line + " \(field.name)=" + (plain ? field.value : JSONText.quoted(field.value))
        }
    }

    /// One JSON object, for machines. `time` is the caller's, as RFC 3339 text.
    public func json(time: String) -> String {
        var line = "{\"time\":\(JSONText.quoted(time)),\"level\":\"\(level.rawValue)\",\"message\":\(JSONText.quoted(message))"
        for field in fields { line += ",\(JSONText.quoted(field.name)):\(JSONText.quoted(field.value))" }
        return line + "}"
    }
}

/// A JSON string literal (RFC 8259 section 7). Controls above ASCII are escaped too: terminals obey them.
public enum JSONText {
    static func isControl(_ scalar: UnicodeScalar) -> Bool { scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) }

    public static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where isControl(scalar):
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
