/// Writes a graph line by line; see `GraphText` for the language.
struct GraphPrinter {
    private(set) var text = ""
    private var depth = 0
    /// Rules in order of first use; rules of the same id that differ are told apart by a number.
    private var rules: [Rule] = []
    private var labels: [ObjectIdentifier: String] = [:]
    private var rulesByID: [String: [(rule: Rule, label: String)]] = [:]

    mutating func graph(_ graph: RoutingGraph) {
        for (i, listener) in graph.listeners.enumerated() { self.listener(listener, earlier: graph.listeners[..<i]) }
        for rule in rules {
            blankLine()
            self.rule(rule)
        }
        var printed: Set<ClusterID> = []
        for cluster in graph.clusters {
            blankLine()
            self.cluster(cluster)
            if printed.insert(cluster.id).inserted { endpoints(graph.endpoints[cluster.id]) }
        }
        for id in graph.endpoints.keys.sorted() where !printed.contains(id) {
            blankLine()
            line("endpoints \(Word.text(id))")
            endpoints(graph.endpoints[id])
        }
        if !graph.grants.isEmpty { blankLine() }
        for grant in graph.grants { line("grant \(Word.text(grant.from)) -> \(Word.text(grant.to))") }
    }

    mutating func line(_ words: String) {
        for _ in 0..<depth { text += "  " }
        text += words
        text += "\n"
    }

    mutating func indented(_ body: (inout Self) -> Void) {
        depth += 1
        body(&self)
        depth -= 1
    }

    private mutating func blankLine() { if !text.isEmpty { text += "\n" } }

    // MARK: Listeners and hosts

    private mutating func listener(_ listener: Listener, earlier: ArraySlice<Listener>) {
        blankLine()
        line("listener \(listener.key.words)")
        let twin = listener.hosts.isEmpty ? nil : earlier.first { $0.hosts == listener.hosts }
        // A reference names the first listener of that key: print it only where it leads to the right one.
        let reference = twin.flatMap { twin in earlier.first { $0.key == twin.key }?.hosts == listener.hosts ? twin.key : nil }
        indented { printer in
            for certificate in listener.certificates {
                printer.line("certificate \(certificate.hostname.word)\(certificate.words)")
            }
            if let reference {
                printer.line("hosts of \(reference.words)")
            } else {
                for host in listener.hosts { printer.host(host) }
            }
        }
    }

    mutating func host(_ host: Host) {
        line("host \(host.pattern.word)\(host.isJoined ? " joined" : "")")
        indented { printer in
            for entry in host.entries {
                // What is joined is not asked anything.
                let condition = host.isJoined && entry.match == Match() ? "" : "\(entry.match.words) "
                printer.line("\(condition)-> \(printer.label(of: entry.rule))")
            }
        }
    }

    private mutating func label(of rule: Rule) -> String {
        if let known = labels[ObjectIdentifier(rule)] { return known }
        if let known = rulesByID[rule.id]?.first(where: { $0.rule == rule }) {
            labels[ObjectIdentifier(rule)] = known.label
            return known.label
        }
        let before = rulesByID[rule.id]?.count ?? 0
        let label = before == 0 ? Word.text(rule.id) : "\(Word.text(rule.id)) \(before + 1)"
        labels[ObjectIdentifier(rule)] = label
        rulesByID[rule.id, default: []].append((rule, label))
        rules.append(rule)
        return label
    }

    private mutating func rule(_ rule: Rule) {
        let label = label(of: rule)
        line("rule \(label)")
        indented { $0.body(of: rule) }
    }

    // MARK: Clusters

    mutating func cluster(_ cluster: Cluster) {
        var words = "cluster \(Word.text(cluster.id)) \(cluster.upstream.rawValue)"
        if cluster.balancer != .leastRequest { words += " \(RuleBalancer(cluster.balancer, hashKey: cluster.hashKey).words)" }
        for other in Cluster.Balancer.allCases where cluster.ruleBalancers.contains(other) { words += " also \(other.rawValue)" }
        if cluster.slowStart != .zero { words += " slow-start \(DurationText.print(cluster.slowStart))" }
        if cluster.outliers != Cluster.OutlierDetection() {
            words += " outliers \(cluster.outliers.errors.rawValue) \(cluster.outliers.limit)"
        }
        if let check = cluster.healthCheck { words += " check \(check.words)" }
        words += cluster.protection.words
        if let sessions = cluster.sessions { words += " \(sessions.words)" }
        if case .dns(let name, let port) = cluster.discovery { words += " dns \(SocketText(address: name, port: port).word)" }
        if cluster.allowsLoopback { words += " loopback" }
        if let tls = cluster.tls { words += " \(tls.words)" }
        if let introduction = cluster.introduction { words += " proxy-protocol \(introduction.rawValue)" }
        if cluster.connectTimeout != Cluster.usualTimeout { words += " connect \(DurationText.print(cluster.connectTimeout))" }
        line(words)
        if let detour = cluster.detour { indented { $0.detour(detour) } }
    }

    mutating func endpoints(_ endpoints: [Endpoint]?) {
        guard let endpoints else { return }
        indented { printer in
            if endpoints.isEmpty { printer.line("no-endpoints") }
            for endpoint in endpoints { printer.line(endpoint.words) }
        }
    }
}

extension ListenerKey {
    var words: String { "\(transport.rawValue) \(SocketText(address: address, port: port).word)" }
}

extension CertificateBinding {
    /// Behind the hostname.
    fileprivate var words: String {
        let secrets = secrets.map { " \(Word.text($0, reserved: "clients"))" }.joined()
        guard let clients else { return secrets }
        return secrets + " clients \(Word.text(clients.authority))\(clients.isRequired ? "" : " optional")"
    }
}

extension Match {
    var words: String {
        var words =
            switch path {
            case .exact(let path): "exact \(Word.text(path))"
            case .prefix(let path): "prefix \(Word.text(path))"
            case .regex(let pattern): "regex \(Word.text(pattern))"
            }
        if let method { words += " method \(Word.text(method))" }
        for header in headers { words += " header \(header.words)" }
        for query in queries { words += " query \(query.words)" }
        for cookie in cookies { words += " cookie \(cookie.words)" }
        for source in sources { words += " source \(source)" }
        return words
    }
}

extension NamedMatch {
    var words: String {
        switch value {
        case .exact(let value): "\(Word.text(name)) = \(Word.text(value))"
        case .regex(let pattern): "\(Word.text(name)) ~ \(Word.text(pattern))"
        case .present: "\(Word.text(name)) present"
        case .absent: "\(Word.text(name)) absent"
        }
    }
}

extension EndpointTLS {
    fileprivate var words: String {
        var words = "tls \(Word.text(serverName))"
        if let authority { words += " ca \(Word.text(authority))" }
        if let certificate { words += " certificate \(Word.text(certificate))" }
        if !isVerified { words += " unverified" }
        return words
    }
}

extension Endpoint {
    var words: String {
        var words = "endpoint \(SocketText(address: address, port: port).word)"
        if condition != .ready { words += " \(condition.rawValue)" }
        if let zone { words += " zone \(Word.text(zone))" }
        if isNear { words += " near" }
        if weight != 1 { words += " weight \(weight)" }
        return words
    }
}

extension HealthCheck {
    fileprivate var words: String {
        var words: String
        switch question {
        case .http(let path): words = "http \(Word.text(path))"
        case .tcp: words = "tcp"
        case .grpc(let service): words = service.isEmpty ? "grpc" : "grpc service \(Word.text(service))"
        }
        words += " every \(DurationText.print(interval)) timeout \(DurationText.print(timeout))"
        return words + " fall \(failures) rise \(successes)"
    }
}
