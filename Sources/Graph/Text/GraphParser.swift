import Base

/// Builds a graph from a tree of lines; see `GraphText` for the language.
struct GraphParser {
    private let lines: [Line]
    private var rules: [String: Rule] = [:]
    private var unused: [String: Line] = [:]
    private var keys: Set<ListenerKey> = []
    private var clusterIDs: Set<ClusterID> = []
    private var result = RoutingGraph()

    init(lines: [Line]) { self.lines = lines }

    mutating func graph() throws(GraphTextError) -> RoutingGraph {
        // Rules first: entries name them before the text defines them.
        for line in lines where line.tokens[0].text == "rule" { try rule(line) }
        for line in lines {
            var cursor = LineCursor(line)
            switch try cursor.word("listener, rule, cluster, endpoints or grant") {
            case "listener": try listener(&cursor)
            case "rule": break
            case "cluster": try cluster(&cursor)
            case "endpoints": try looseEndpoints(&cursor)
            case "grant": try grant(&cursor)
            case let other:
                throw line.error("Unknown line `\(other)`; expected listener, rule, cluster, endpoints or grant.")
            }
        }
        if let line = unused.values.min(by: { $0.number < $1.number }) { throw line.error("No entry leads to this rule.") }
        return result
    }

    // MARK: Rules

    private mutating func rule(_ line: Line) throws(GraphTextError) {
        var cursor = LineCursor(line)
        try cursor.expect("rule")
        let (id, label) = try Self.ruleLabel(&cursor)
        try cursor.end()
        if rules[label] != nil { throw line.error("The rule \(label) is defined twice.") }
        rules[label] = try RuleParser.rule(id: id, line)
        unused[label] = line
    }

    /// `id`, or `id 2` where several rules share an id. The id and a key that is unique among rules.
    private static func ruleLabel(_ cursor: inout LineCursor) throws(GraphTextError) -> (id: String, label: String) {
        let id = try cursor.word("a rule's name")
        if cursor.isAtEnd { return (id, Word.text(id)) }
        return (id, "\(Word.text(id)) \(try cursor.integer("a number that tells rules of one name apart"))")
    }

    // MARK: Listeners

    private mutating func listener(_ cursor: inout LineCursor) throws(GraphTextError) {
        var listener = Listener(key: try cursor.listenerKey())
        try cursor.end()
        if !keys.insert(listener.key).inserted {
            throw cursor.line.error("The listener \(listener.key.words) is described twice.")
        }
        var patterns: Set<HostPattern> = []
        for child in cursor.line.children {
            var cursor = LineCursor(child)
            switch try cursor.word("certificate, host or hosts") {
            case "certificate":
                listener.certificates.append(try Self.certificate(&cursor))
            case "host":
                let host = try host(&cursor)
                if !patterns.insert(host.pattern).inserted { throw child.error("This listener has that host already.") }
                listener.hosts.append(host)
            case "hosts":
                if !listener.hosts.isEmpty { throw child.error("A listener has hosts of its own or another's, not both.") }
                listener.hosts = try hostsOfOther(&cursor)
                patterns.formUnion(listener.hosts.map(\.pattern))
            case let other: throw child.error("Unknown line `\(other)` in a listener; expected certificate, host or hosts.")
            }
        }
        result.listeners.append(listener)
    }

    private static func certificate(_ cursor: inout LineCursor) throws(GraphTextError) -> CertificateBinding {
        var binding = CertificateBinding(hostname: try cursor.hostPattern(), secrets: [])
        var hasClients = cursor.take("clients")
        while !hasClients, !cursor.isAtEnd {
            binding.secrets.append(try cursor.word("a Secret's namespace/name"))
            hasClients = cursor.take("clients")
        }
        if hasClients {
            let authority = try cursor.word("a Secret's namespace/name")
            binding.clients = ClientDemand(authority: authority, isRequired: !cursor.take("optional"))
        }
        try cursor.endOfLeaf()
        return binding
    }

    private func hostsOfOther(_ cursor: inout LineCursor) throws(GraphTextError) -> [Host] {
        try cursor.expect("of")
        let key = try cursor.listenerKey()
        try cursor.endOfLeaf()
        guard let other = result.listeners.first(where: { $0.key == key }) else {
            throw cursor.line.error("No listener above this line is \(key.words).")
        }
        return other.hosts
    }

    private mutating func host(_ cursor: inout LineCursor) throws(GraphTextError) -> Host {
        let pattern = try cursor.hostPattern()
        let isJoined = cursor.take("joined")
        try cursor.end()
        var entries: [Entry] = []
        for child in cursor.line.children {
            var cursor = LineCursor(child)
            let isPlain = isJoined && cursor.take("->")
            let match = isPlain ? Match() : try Self.match(&cursor)
            if !isPlain { try cursor.expect("->") }
            let (_, label) = try Self.ruleLabel(&cursor)
            try cursor.endOfLeaf()
            guard let rule = rules[label] else { throw child.error("There is no `rule \(label)` in this text.") }
            unused[label] = nil
            entries.append(Entry(match: match, rule: rule))
        }
        return Host(pattern: pattern, entries: entries, isJoined: isJoined)
    }

    static func match(_ cursor: inout LineCursor) throws(GraphTextError) -> Match {
        var match = Match()
        let before = cursor
        switch try cursor.word("exact, prefix or regex") {
        case "exact": match.path = .exact(try cursor.word("a path"))
        case "prefix": match.path = .prefix(try cursor.word("a path"))
        case "regex": match.path = .regex(try cursor.word("a pattern"))
        default: throw before.error("An entry starts with exact, prefix or regex.")
        }
        if cursor.take("method") { match.method = try cursor.word("a method") }
        while cursor.take("header") { match.headers.append(try named(&cursor)) }
        while cursor.take("query") { match.queries.append(try named(&cursor)) }
        while cursor.take("cookie") { match.cookies.append(try named(&cursor)) }
        while cursor.take("source") {
            match.sources.append(try cursor.value("an address block such as 192.0.2.0/24") { CIDR($0) })
        }
        return match
    }

    static func named(_ cursor: inout LineCursor) throws(GraphTextError) -> NamedMatch {
        let name = try cursor.word("a name")
        if cursor.take("=") { return NamedMatch(name: name, value: .exact(try cursor.word("a value"))) }
        if cursor.take("~") { return NamedMatch(name: name, value: .regex(try cursor.word("a pattern"))) }
        if cursor.take("present") { return NamedMatch(name: name, value: .present) }
        if cursor.take("absent") { return NamedMatch(name: name, value: .absent) }
        throw cursor.error("Expected `= value`, `~ pattern`, present or absent.")
    }

    // MARK: Clusters

    private mutating func cluster(_ cursor: inout LineCursor) throws(GraphTextError) {
        let id = try cursor.word("a cluster's name")
        if !clusterIDs.insert(id).inserted { throw cursor.line.error("The cluster \(id) is described twice.") }
        let upstream: Cluster.Upstream = try cursor.choice("a protocol")
        let own = cursor.take("balancer") ? try RuleBalancer(&cursor) : RuleBalancer(.leastRequest)
        var ruleBalancers: Set<Cluster.Balancer> = []
        while cursor.take("also") { ruleBalancers.insert(try cursor.choice("a balancer")) }
        let slowStart = cursor.take("slow-start") ? try cursor.duration("a duration") : .zero
        let outliers = cursor.take("outliers") ? try Self.outliers(&cursor) : Cluster.OutlierDetection()
        let healthCheck = cursor.take("check") ? try Self.healthCheck(&cursor) : nil
        let protection = try ClusterProtection(&cursor)
        let sessions = cursor.take("sessions") ? try ClusterSessions(&cursor) : nil
        var discovery = Cluster.Discovery.published
        if cursor.take("dns") {
            let socket = try cursor.value("a name with port such as example.com:443") { SocketText(word: $0) }
            discovery = .dns(name: socket.address, port: socket.port)
        }
        let allowsLoopback = cursor.take("loopback")
        let tls = cursor.take("tls") ? try Self.tls(&cursor) : nil
        let introduction: Cluster.Introduction? = cursor.take("proxy-protocol") ? try cursor.choice("v1 or v2") : nil
        let connectTimeout = cursor.take("connect") ? try cursor.duration("a duration") : Cluster.usualTimeout
        try cursor.end()
        let detour = try DetourParser.detour(cursor.line.children.filter(DetourParser.isOfDetour))
        result.clusters.append(
            Cluster(
                id: id, upstream: upstream, balancer: own.balancer, discovery: discovery, allowsLoopback: allowsLoopback,
                tls: tls, introduction: introduction, connectTimeout: connectTimeout, hashKey: own.hashKey, slowStart: slowStart,
                outliers: outliers, healthCheck: healthCheck, protection: protection, detour: detour, sessions: sessions,
                ruleBalancers: ruleBalancers))
        let endpoints = cursor.line.children.filter { !DetourParser.isOfDetour($0) }
        if endpoints.isEmpty { return }
        if result.endpoints[id] != nil { throw cursor.line.error("The endpoints of \(id) are given twice.") }
        result.endpoints[id] = try Self.endpoints(endpoints)
    }

    private static func outliers(_ cursor: inout LineCursor) throws(GraphTextError) -> Cluster.OutlierDetection {
        let errors: Cluster.OutlierDetection.Errors = try cursor.choice("what counts as a failure")
        return Cluster.OutlierDetection(errors: errors, limit: try cursor.value("a number of failures") { UInt32($0) })
    }

    private static func healthCheck(_ cursor: inout LineCursor) throws(GraphTextError) -> HealthCheck {
        let question: HealthCheck.Question
        if cursor.take("http") {
            question = .http(path: try cursor.word("a path"))
        } else if cursor.take("grpc") {
            question = .grpc(service: cursor.take("service") ? try cursor.word("a service's name") : "")
        } else {
            guard cursor.take("tcp") else { throw cursor.error("Expected http with a path, tcp or grpc.") }
            question = .tcp
        }
        var check = HealthCheck(question)
        if cursor.take("every") { check.interval = try cursor.duration("a duration") }
        if cursor.take("timeout") { check.timeout = try cursor.duration("a duration") }
        if cursor.take("fall") { check.failures = try cursor.integer("a number of failures") }
        if cursor.take("rise") { check.successes = try cursor.integer("a number of successes") }
        return check
    }

    private static func tls(_ cursor: inout LineCursor) throws(GraphTextError) -> EndpointTLS {
        var tls = EndpointTLS(serverName: try cursor.word("a server's name"))
        if cursor.take("ca") { tls.authority = try cursor.word("a Secret's namespace/name") }
        if cursor.take("certificate") { tls.certificate = try cursor.word("a Secret's namespace/name") }
        tls.isVerified = !cursor.take("unverified")
        return tls
    }

    private mutating func looseEndpoints(_ cursor: inout LineCursor) throws(GraphTextError) {
        let id = try cursor.word("a cluster's name")
        try cursor.end()
        if result.endpoints[id] != nil { throw cursor.line.error("The endpoints of \(id) are given twice.") }
        result.endpoints[id] = try Self.endpoints(cursor.line.children)
    }

    private static func endpoints(_ lines: [Line]) throws(GraphTextError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for line in lines {
            var cursor = LineCursor(line)
            if cursor.take("no-endpoints") {
                try cursor.endOfLeaf()
                continue
            }
            try cursor.expect("endpoint")
            let socket = try cursor.value("an address with port") { SocketText(word: $0) }
            var endpoint = Endpoint(address: socket.address, port: socket.port)
            if cursor.take("draining") { endpoint.condition = .draining }
            if cursor.take("zone") { endpoint.zone = try cursor.word("a zone") }
            endpoint.isNear = cursor.take("near")
            if cursor.take("weight") { endpoint.weight = try cursor.integer("a weight") }
            try cursor.endOfLeaf()
            endpoints.append(endpoint)
        }
        return endpoints
    }

    private mutating func grant(_ cursor: inout LineCursor) throws(GraphTextError) {
        let from = try cursor.word("who refers (kind/namespace/name)")
        try cursor.expect("->")
        result.grants.append(Grant(from: from, to: try cursor.word("what is referred to (kind/namespace/name)")))
        try cursor.endOfLeaf()
    }
}
