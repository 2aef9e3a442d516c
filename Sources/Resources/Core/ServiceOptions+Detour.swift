public import Documents

// Which requests for a Service go to another one: what the annotations' texts mean.
extension ServiceOptions {
    /// `martlet.dev/canary-…`: the Service gets a part of another one's requests.
    public struct Canary: Equatable, Sendable {
        /// Name of the other Service, in the same namespace.
        public var primary: String
        public var weight: Percentage?
        public var header: CanaryHeader?
    }

    /// `x-canary=always`
    public struct CanaryHeader: Equatable, Sendable {
        /// In lower case.
        public var name: String
        public var value: String

        /// The value that keeps a request away from the canary, as users of ingress-nginx know it: it stands beside `always` and nothing else.
        public var veto: String? { value == "always" ? "never" : nil }
    }

    /// `martlet.dev/canaries`: who may be a canary of the Service.
    public enum Canaries: Equatable, Sendable {
        case any
        case named([String])

        /// Empty when all may.
        public var names: [String] {
            switch self {
            case .any: []
            case .named(let names): names
            }
        }

        public func allow(_ name: String) -> Bool {
            switch self {
            case .any: true
            case .named(let names): names.contains(name)
            }
        }
    }

    /// `martlet.dev/switch-…`: all of the Service's requests go to another one.
    public struct Switchover: Equatable, Sendable {
        /// Name of the other Service, in the same namespace.
        public var target: String
        /// Also while no endpoint of it is ready.
        public var isForced = false
    }

    static func canary(_ annotations: [String: String], _ problems: inout FieldProblems) -> Canary? {
        let weight = weight(annotations, &problems)
        let header = header(annotations, &problems)
        guard let name = serviceName(.canaryOf, annotations, &problems) else {
            if annotations[ServiceAnnotation.canaryOf.rawValue] == nil {
                for idle in [ServiceAnnotation.canaryWeight, .canaryHeader] where annotations[idle.rawValue] != nil {
                    warn(idle, without: ServiceAnnotation.canaryOf.rawValue, &problems)
                }
            }
            return nil
        }
        if [ServiceAnnotation.canaryWeight, .canaryHeader].allSatisfy({ annotations[$0.rawValue] == nil }) {
            problems.report(
                FieldProblem(
                    .warning, .invalidValue, ServiceAnnotation.canaryOf.path,
                    "This canary gets nothing: say which share with \(ServiceAnnotation.canaryWeight.rawValue), as in \"10\", or which requests with "
                        + "\(ServiceAnnotation.canaryHeader.rawValue)."))
        }
        return Canary(primary: name, weight: weight, header: header)
    }

    private static func weight(_ annotations: [String: String], _ problems: inout FieldProblems) -> Percentage? {
        guard let text = annotations[ServiceAnnotation.canaryWeight.rawValue] else { return nil }
        if let weight = Percentage(text) { return weight }
        problems.invalid(
            ServiceAnnotation.canaryWeight.path,
            "'\(text)' is no percentage, so the canary has no share; write one from 0 to 100 with at most two decimals, such as \"10\" or "
                + "\"12.5\".")
        return nil
    }

    private static func header(_ annotations: [String: String], _ problems: inout FieldProblems) -> CanaryHeader? {
        guard let text = annotations[ServiceAnnotation.canaryHeader.rawValue] else { return nil }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, isToken(parts[0]), (1...1024).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy({ $0 >= 32 && $0 < 127 }), parts[1].first != " ", parts[1].last != " "
        {
            return CanaryHeader(name: parts[0].lowercased(), value: String(parts[1]))
        }
        problems.invalid(
            ServiceAnnotation.canaryHeader.path,
            "'\(text)' names no field and its value; write NAME=VALUE, as in x-canary=always.")
        return nil
    }

    static func canaries(_ annotations: [String: String], _ problems: inout FieldProblems) -> Canaries? {
        guard let text = annotations[ServiceAnnotation.canaries.rawValue] else { return nil }
        if text == "*" { return .any }
        let names = text.split(separator: ",").map { $0.drop { $0 == " " }.prefix { $0 != " " } }.map(String.init)
        for name in names where !isServiceName(name) {
            problems.invalid(
                ServiceAnnotation.canaries.path,
                "'\(name)' is no name of a Service; write names with commas between them, as in web-canary,web-next, or * for all."
            )
        }
        return .named(names)
    }

    static func switchover(_ annotations: [String: String], _ problems: inout FieldProblems) -> Switchover? {
        let force: Switch? = choice(.switchForce, annotations, &problems)
        guard let name = serviceName(.switchTo, annotations, &problems) else {
            if force != nil, annotations[ServiceAnnotation.switchTo.rawValue] == nil {
                warn(.switchForce, without: ServiceAnnotation.switchTo.rawValue, &problems)
            }
            return nil
        }
        return Switchover(target: name, isForced: force == .true)
    }

    /// An empty value says nothing, so that a switch may be taken back by emptying it.
    private static func serviceName(
        _ annotation: ServiceAnnotation, _ annotations: [String: String], _ problems: inout FieldProblems
    ) -> String? {
        guard let text = annotations[annotation.rawValue], !text.isEmpty else { return nil }
        if isServiceName(text) { return text }
        problems.invalid(
            annotation.path,
            "'\(text)' is no name of a Service; write that of one in the same namespace, without the namespace and without a port."
        )
        return nil
    }

    /// RFC 1123: Services may be named so since Kubernetes 1.34, and only more strictly before.
    private static func isServiceName(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.first != "-" && text.last != "-"
            && text.utf8.allSatisfy { c in (48...57).contains(c) || (97...122).contains(c) || c == UInt8(ascii: "-") }
    }
}
