import Documents

// How endpoints are asked whether they are well.
extension ServiceOptions {
    /// `martlet.dev/health-check…`
    public struct HealthCheck: Equatable, Sendable {
        public enum Question: Equatable, Sendable {
            case http(path: String)
            case tcp
            /// Of one service, or of the whole server when it is empty.
            case grpc(service: String)
        }

        public var question: Question
        /// Nil where the default holds.
        public var interval: Duration?
        public var timeout: Duration?
        public var failures: Int?
        public var successes: Int?
    }

    private static let details: [ServiceAnnotation] = [
        .healthCheckInterval, .healthCheckTimeout, .healthCheckFailures, .healthCheckSuccesses,
    ]

    static func healthCheck(_ annotations: [String: String], _ problems: inout FieldProblems) -> HealthCheck? {
        guard let question = question(annotations, &problems) else {
            for detail in details where annotations[detail.rawValue] != nil {
                warn(detail, without: ServiceAnnotation.healthCheck.rawValue, &problems)
            }
            return nil
        }
        var check = HealthCheck(question: question)
        check.interval = duration(.healthCheckInterval, annotations, &problems)
        check.timeout = duration(.healthCheckTimeout, annotations, &problems)
        check.failures = number(.healthCheckFailures, upTo: 100, annotations, &problems)
        check.successes = number(.healthCheckSuccesses, upTo: 100, annotations, &problems)
        return check
    }

    private static func question(_ annotations: [String: String], _ problems: inout FieldProblems) -> HealthCheck.Question? {
        let path = annotations[ServiceAnnotation.healthCheckPath.rawValue]
        let kind = annotations[ServiceAnnotation.healthCheck.rawValue] ?? (path == nil ? nil : "http")
        let service = kind.flatMap { $0.hasPrefix("grpc:") ? String($0.dropFirst("grpc:".count)) : nil }
        switch kind {
        case nil: return nil
        case "http": return path.map { self.path($0, &problems) } ?? .http(path: "/")
        case "tcp": return other(.tcp, path, &problems)
        case "grpc": return other(.grpc(service: ""), path, &problems)
        default: break
        }
        if let service, (1...127).contains(service.utf8.count), service.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) {
            return other(.grpc(service: service), path, &problems)
        }
        problems.invalid(
            ServiceAnnotation.healthCheck.path, "'\(kind ?? "")' is not supported; use one of http, tcp, grpc, grpc:SERVICE.")
        return nil
    }

    private static func path(_ text: String, _ problems: inout FieldProblems) -> HealthCheck.Question? {
        let isPath = text.hasPrefix("/") && text.utf8.count <= 1024 && text.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        if isPath { return .http(path: text) }
        problems.invalid(
            ServiceAnnotation.healthCheckPath.path, "'\(text)' is no path; write one that begins with a slash, such as /healthz.")
        return nil
    }

    /// A question that has no path.
    private static func other(
        _ question: HealthCheck.Question, _ path: String?, _ problems: inout FieldProblems
    ) -> HealthCheck.Question {
        if path != nil {
            problems.report(
                FieldProblem(
                    .warning, .invalidValue, ServiceAnnotation.healthCheckPath.path,
                    "This has no effect with another \(ServiceAnnotation.healthCheck.rawValue) than http; remove it."))
        }
        return question
    }

    /// `500ms`
    static func connectTimeout(_ text: String, _ problems: inout FieldProblems) -> Duration? {
        if let duration = Scalars.duration(text), duration >= .milliseconds(1), duration <= .seconds(60) { return duration }
        problems.invalid(
            ServiceAnnotation.connectTimeout.path, "'\(text)' is no duration from 1ms to 1m; write one such as 500ms.")
        return nil
    }

    private static func duration(
        _ annotation: ServiceAnnotation, _ annotations: [String: String], _ problems: inout FieldProblems
    ) -> Duration? {
        guard let text = annotations[annotation.rawValue] else { return nil }
        let least: Duration = annotation == .healthCheckInterval ? .seconds(1) : .milliseconds(10)
        if let duration = Scalars.duration(text), duration >= least, duration <= .seconds(3600) { return duration }
        problems.invalid(
            annotation.path, "'\(text)' is no duration from \(Scalars.text(of: least)) to 1h; write one such as 5s.")
        return nil
    }
}
