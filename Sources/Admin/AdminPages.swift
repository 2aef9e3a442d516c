import Base
import Documents
import Graph
import Telemetry

/// The pages of the admin address, as a function from a request to an answer. They read and never change anything.
public struct AdminPages: Sendable {
    public struct Answer: Equatable, Sendable {
        public var status: Int
        public var contentType: String
        public var body: String

        static func text(_ status: Int, _ body: String) -> Answer {
            Answer(status: status, contentType: "text/plain; charset=utf-8", body: body)
        }

        static func json(_ body: String) -> Answer { Answer(status: 200, contentType: "application/json", body: body) }
    }

    /// Which pages an address offers.
    public enum Scope: Sendable {
        case everything
        /// `--probes`: /healthz, /readyz and /metrics only, for kubelet and Prometheus.
        case probes
    }

    private let sources: AdminSources
    private let scope: Scope

    public init(_ sources: AdminSources, scope: Scope = .everything) {
        self.sources = sources
        self.scope = scope
    }

    /// Answers a request. `target` is path and query as they came.
    public func answer(method: String, target: String) -> Answer {
        let path = target.prefix { $0 != "?" }
        guard let page = page(path) else { return .text(404, "there is no page \(path)\n\(index)") }
        guard method == "GET" || method == "HEAD" else {
            return .text(405, "this address only answers GET: it changes nothing\n")
        }
        return page(target[path.endIndex...].dropFirst())
    }

    private typealias Page = (Substring) -> Answer

    private func page(_ path: Substring) -> Page? {
        switch path {
        case "/healthz": return { _ in health() }
        case "/readyz": return { _ in readiness() }
        case "/metrics": return { _ in Answer(status: 200, contentType: Exposition.contentType, body: sources.metrics()) }
        default: break
        }
        guard scope == .everything else { return nil }
        switch path {
        case "/": return { _ in Answer(status: 200, contentType: "text/html; charset=utf-8", body: Dashboard.html) }
        case "/graph": return { _ in graph() }
        case "/explain": return explain
        case "/stats": return { _ in .json(sources.stats().jsonText + "\n") }
        case "/mirrors": return { _ in .json(sources.mirrors().jsonText + "\n") }
        case "/deprecations": return { _ in .json(sources.deprecations().jsonText + "\n") }
        case "/config": return { _ in .json(sources.config().jsonText + "\n") }
        default: return nil
        }
    }

    private var index: String {
        scope == .probes
            ? "/healthz /readyz /metrics\n"
            : "/ /healthz /readyz /metrics /graph /explain /stats /mirrors /deprecations /config\n"
    }

    private func health() -> Answer { sources.unhealthy().map { .text(503, $0 + "\n") } ?? .text(200, "ok\n") }

    private func readiness() -> Answer {
        if let reason = sources.unhealthy() ?? sources.unready() { return .text(503, reason + "\n") }
        return sources.graph() == nil ? .text(503, "no graph is served yet\n") : .text(200, "ok\n")
    }

    private func graph() -> Answer {
        guard let graph = sources.graph() else { return .text(503, "no graph is served yet\n") }
        return .text(200, GraphText.print(graph))
    }

    /// `/explain?method=GET&url=http://…&header=Name: value&source=192.0.2.1&format=json`
    private func explain(_ query: Substring) -> Answer {
        guard let graph = sources.graph() else { return .text(503, "no graph is served yet\n") }
        var method = "GET"
        var url: String?
        var headers: [String] = []
        var source: IPAddress?
        var isJSON = false
        for (name, value) in FormQuery.pairs(query) {
            switch name {
            case "method": method = value
            case "url": url = value
            case "header": headers.append(value)
            case "format": isJSON = value == "json"
            case "source":
                source = IPAddress(value)
                if source == nil { return .text(400, "'\(value)' is no IP address\n") }
            default: return .text(400, "unknown parameter '\(name)'; there are method, url, header, source and format\n")
            }
        }
        guard let url else { return .text(400, "say which URL: /explain?method=GET&url=http://shop.example.com/cart\n") }
        do {
            let explanation = Explanation(
                try ExplainedRequest(method: method, url: url, headers: headers, source: source), by: graph)
            return isJSON ? .json(explanation.json) : .text(200, explanation.text)
        } catch {
            return .text(400, "\(error)\n")
        }
    }
}
