import Graph
import Telemetry

extension Explanation {
    /// For people: the way of the request, line by line.
    public var text: String {
        var lines = [title, ""]
        guard let listener else {
            let port = isByPort ? " on port \(request.port.map { "\($0)" } ?? "?")" : ""
            return (lines + ["no listener speaks \(request.transport)\(port)"]).joined(separator: "\n") + "\n"
        }
        lines.append("listener \(listener.transport) \(listener.address):\(listener.port)")
        guard let host else {
            if isByPort {
                return (lines + ["no Route claims the port: what comes is closed or dropped (NoRoute)"]).joined(separator: "\n")
                    + "\n"
            }
            return (lines + ["no host takes \(request.host): 404 \(answer.reason)"]).joined(separator: "\n") + "\n"
        }
        if !isByPort { lines.append("host \(host.text)") }
        for step in steps {
            if let mismatch = step.mismatch {
                lines.append("  no   \(step.rule) (\(step.match)): \(mismatch)")
            } else {
                lines.append("  YES  \(step.rule) (\(step.match))")
            }
        }
        switch outcome {
        case .joined(let rule):
            lines.append(
                isByPort
                    ? "what comes is passed on as it is, by rule \(rule.id)"
                    : "TLS is not ended here: the connection is joined to an endpoint as it is, by rule \(rule.id)")
            if let arm = arm(of: rule) { lines.append("  \(arm.words)") }
            lines += words(rule, withoutEndpoint: "no endpoint, the connection ends")
        case .rule(let rule):
            lines.append("rule \(rule.id)")
            if isSentAway(by: rule) { lines.append("  sent to https: 308") }
            if let arm = arm(of: rule) { lines.append("  \(arm.words)") }
            lines += words(rule, withoutEndpoint: "no endpoint, 503")
        default:
            lines.append("no rule of this host matches: 404 \(answer.reason)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var isJoined: Bool { if case .joined = outcome { true } else { false } }

    private var isByPort: Bool { request.transport == .tcp || request.transport == .udp }

    private var title: String {
        if isByPort { return "\(request.transport)://\(request.host):\(request.port.map { "\($0)" } ?? "?")" }
        return "\(request.method) \(request.transport)://\(request.host)\(request.path)"
    }

    private func words(_ rule: Rule, withoutEndpoint: String) -> [String] {
        var lines = GraphText.print(bodyOf: rule).split(separator: "\n").map { "  \($0)" }
        for (id, endpoints) in clusters {
            lines.append("cluster \(id)" + (endpoints.isEmpty ? ": \(withoutEndpoint)" : ""))
            lines += detourLines(of: id).map { "  \($0)" }
            if let tie = ties[id], !isJoined {
                lines.append("  a client is tied to one of them by the \(tie.kind.rawValue) \(tie.name)")
            }
            lines += endpoints.map { "  \(Self.words($0))" }
        }
        return lines
    }

    /// For machines.
    public var json: String {
        func text(_ value: String) -> String { JSONText.quoted(value) }
        var members = [
            "\"method\":\(text(request.method))", "\"host\":\(text(request.host))", "\"path\":\(text(request.path))",
            "\"status\":\(answer.status.map(String.init) ?? "null")", "\"reason\":\(text(answer.reason))",
        ]
        if let listener { members.append("\"listener\":\(text("\(listener.transport) \(listener.address):\(listener.port)"))") }
        if let host { members.append("\"matchedHost\":\(text(host.text))") }
        if let rule = deciding {
            members.append("\"rule\":\(text(rule.id))")
            if let arm = arm(of: rule) {
                members.append("\"arm\":{\"name\":\(arm.name.map(text) ?? "null"),\"why\":\(text(arm.why))}")
            }
        }
        let steps = steps.map { step in
            "{\"rule\":\(text(step.rule)),\"match\":\(text(step.match)),\"mismatch\":\(step.mismatch.map(text) ?? "null")}"
        }
        members.append("\"considered\":[\(steps.joined(separator: ","))]")
        let clusters = clusters.map { id, endpoints in
            let detour = detourLines(of: id).map(text).joined(separator: ",")
            return "{\"id\":\(text(id)),\"endpoints\":[\(endpoints.map { text(Self.words($0)) }.joined(separator: ","))]"
                + (detour.isEmpty ? "}" : ",\"detour\":[\(detour)]}")
        }
        members.append("\"clusters\":[\(clusters.joined(separator: ","))]")
        return "{\(members.joined(separator: ","))}\n"
    }

    /// The status that Martlet itself would answer, where that is known without asking an endpoint, and why.
    private var answer: (status: Int?, reason: String) {
        guard let rule = deciding else { return (isByPort ? nil : 404, host == nil && !isByPort ? "NoHost" : "NoRoute") }
        if case .joined = outcome {
            if case .fail(let reason) = rule.action { return (nil, reason) }
            return (nil, "Joined")
        }
        if isSentAway(by: rule) { return (308, "Redirect") }
        switch rule.action {
        case .forward: return (nil, "Forward")
        case .redirect(let redirect): return (redirect.status, "Redirect")
        case .respond(let response): return (response.status, "DirectResponse")
        case .fail(let reason): return (500, reason)
        }
    }

    private var deciding: Rule? {
        switch outcome {
        case .rule(let rule), .joined(let rule): rule
        case .noListener, .noHost, .noRule: nil
        }
    }

    /// Whether the rule sends the request to https. Nobody is a trusted proxy here.
    private func isSentAway(by rule: Rule) -> Bool {
        guard request.transport == .http else { return false }
        let challenge = "/.well-known/acme-challenge/"
        return switch rule.unsealed {
        case .served: false
        case .redirected: !request.path.hasPrefix(challenge) || request.path == challenge
        case .never: true
        }
    }

    private static func words(_ endpoint: Endpoint) -> String {
        let address = endpoint.address.contains(":") ? "[\(endpoint.address)]" : endpoint.address
        return "\(address):\(endpoint.port) \(endpoint.condition)"
    }
}
