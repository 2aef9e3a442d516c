import Documents

// How endpoints are chosen: what the annotations' texts mean.
extension ServiceOptions {
    static func hashKey(_ text: String, _ problems: inout FieldProblems) -> HashKey? {
        let key = HashKey(text)
        if key == nil { problems.invalid(ServiceAnnotation.hashOn.path, HashKey.defect(of: text)) }
        return key
    }

    /// RFC 9110 section 5.6.2.
    static func isToken(_ name: some StringProtocol) -> Bool {
        (1...256).contains(name.utf8.count)
            && name.utf8.allSatisfy { c in
                (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c) || "!#$%&'*+-.^_`|~".utf8.contains(c)
            }
    }

    /// What says nothing beside the balancer that was chosen.
    func reportIdle(_ problems: inout FieldProblems) {
        if hashKey != nil && loadBalancer != .maglev {
            Self.warn(.hashOn, without: "\(ServiceAnnotation.loadBalancer.rawValue): maglev", &problems)
        }
        if slowStart != nil && loadBalancer == .maglev {
            problems.report(
                FieldProblem(
                    .warning, .invalidValue, ServiceAnnotation.slowStart.path,
                    "This has no effect with \(ServiceAnnotation.loadBalancer.rawValue): maglev, where an endpoint's share is fixed; remove it."
                ))
        }
    }

    static func number(
        _ annotation: ServiceAnnotation, from least: Int = 1, upTo most: Int, _ annotations: [String: String],
        _ problems: inout FieldProblems
    ) -> Int? {
        guard let text = annotations[annotation.rawValue] else { return nil }
        if let number = Int(text), (least...most).contains(number) { return number }
        problems.invalid(annotation.path, "'\(text)' is no number from \(least) to \(most); write one such as \"5\".")
        return nil
    }

    /// `30s`
    static func slowStart(_ text: String, _ problems: inout FieldProblems) -> Duration? {
        if let duration = Scalars.duration(text), duration <= .seconds(3600) { return duration }
        problems.invalid(
            ServiceAnnotation.slowStart.path, "'\(text)' is no duration of at most an hour; write one such as 30s or 2m.")
        return nil
    }
}

extension ServiceOptions.HashKey {
    /// `header:x-user`; nil for a text that names nothing of a request.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.count == 2 ? String(parts[1]) : ""
        switch parts.first {
        case "address" where parts.count == 1: self = .address
        case "header" where ServiceOptions.isToken(name): self = .header(name.lowercased())
        case "cookie" where ServiceOptions.isToken(name): self = .cookie(name)
        case "query" where ServiceOptions.isToken(name): self = .query(name)
        default: return nil
        }
    }

    static func defect(of text: String) -> String {
        "'\(text)' names nothing of a request; write address, header:NAME, cookie:NAME or query:NAME, as in header:x-user."
    }
}
