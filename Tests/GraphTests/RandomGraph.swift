import Base
import Graph

/// Graphs made from a seed: odd names, shared rules, twins that share an id, every kind of action.
struct RandomGraph {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func make() -> RoutingGraph {
        let rules = many(1...6) { $0.rule() }
        let patterns = Set(many(0...4) { $0.pattern() })
        let hosts = patterns.sorted().map { pattern in
            Host(
                pattern: pattern,
                entries: many(0...5) { Entry(match: $0.chance(3) ? Match() : $0.match(), rule: $0.one(of: rules)) },
                isJoined: chance(3))
        }
        var graph = RoutingGraph()
        graph.listeners = Set(many(0...3) { $0.key() }).sorted().map { key in
            Listener(
                key: key, hosts: chance(2) ? hosts : hosts.filter { _ in chance(2) },
                certificates: many(0...2) { $0.binding() })
        }
        for cluster in many(0...4, { $0.cluster() }) where !graph.clusters.contains(where: { $0.id == cluster.id }) {
            graph.clusters.append(cluster)
        }
        for cluster in graph.clusters where chance(2) { graph.endpoints[cluster.id] = many(0...3) { $0.endpoint() } }
        if chance(3) { graph.endpoints[word()] = many(0...2) { $0.endpoint() } }
        graph.grants = many(0...2) { Grant(from: $0.word(), to: $0.word()) }
        return graph
    }

    mutating func chance(_ n: UInt32) -> Bool { random.below(n) == 0 }
    mutating func below(_ n: UInt32) -> UInt32 { random.below(n) }
    mutating func one<T>(of choices: [T]) -> T { choices[Int(random.below(UInt32(choices.count)))] }
    mutating func many<T>(_ range: ClosedRange<Int>, _ make: (inout Self) -> T) -> [T] {
        (0..<(range.lowerBound + Int(random.below(UInt32(range.count))))).map { _ in make(&self) }
    }

    mutating func binding() -> CertificateBinding {
        var binding = CertificateBinding(hostname: pattern(), secrets: many(0...3) { $0.word() })
        if chance(3) { binding.clients = ClientDemand(authority: word(), isRequired: chance(2)) }
        return binding
    }

    mutating func word() -> String {
        let pieces = [
            "shop", "/a", "missing", "exact", "->", "=", "\"", "\\", "\n", " ", "#", "\u{0}", "é", "e\u{301}", "\u{202e}", "日",
            "😀", "*.", "x-b", "9",
            "", "{", "}", "\t", "\r", "~", "[", "]:80", "%", ",",
        ]
        return many(0...4) { $0.one(of: pieces) }.joined()
    }

    mutating func pattern() -> HostPattern {
        switch below(5) {
        case 0: .any
        case 1: .wildcard(word(), depth: .one)
        case 2: .wildcard(word(), depth: .many)
        case 3: .exact("*." + word())
        default: .exact(word())
        }
    }

    mutating func key() -> ListenerKey {
        ListenerKey(
            address: one(of: ["0.0.0.0", "::", "10.0.0.1", word()]), port: UInt16(below(65536)),
            transport: one(of: Transport.allCases))
    }

    mutating func named() -> NamedMatch {
        NamedMatch(name: word(), value: one(of: [.exact(word()), .regex(word()), .present, .absent]))
    }

    mutating func match() -> Match {
        Match(
            path: one(of: [.exact(word()), .prefix(word()), .regex(word())]), method: chance(2) ? word() : nil,
            headers: many(0...2) { $0.named() },
            queries: many(0...2) { $0.named() }, cookies: many(0...2) { $0.named() },
            sources: many(0...2) { $0.one(of: ["192.0.2.0/24", "::/0", "2001:db8::1", "0.0.0.0/0"]) }.compactMap { CIDR($0) })
    }

    mutating func duration() -> Duration {
        switch below(5) {
        case 0: .seconds(Int64(below(100_000)))
        case 1: .milliseconds(Int64(below(100_000)))
        case 2: .seconds(3600 * Int64(below(48)))
        case 3: .zero
        default: .nanoseconds(Int64(random.next() >> 2))
        }
    }

    mutating func path() -> PathRewrite {
        one(of: [.replaceFull(word()), .replacePrefix(word()), .replaceRegex(pattern: word(), substitution: word())])
    }

    mutating func edits() -> HeaderEdits {
        HeaderEdits(
            set: many(0...2) { .init(name: $0.word(), value: $0.word()) },
            add: many(0...2) { .init(name: $0.word(), value: $0.word()) },
            remove: many(0...2) { $0.word() })
    }

    mutating func filter() -> FilterSpec {
        switch below(5) {
        case 0: .requestHeaders(edits())
        case 3: .deprecation(deprecation())
        case 1: .responseHeaders(edits())
        case 2: .rewrite(Rewrite(hostname: chance(2) ? word() : nil, path: chance(2) ? path() : nil))
        default: .mirror(mirror())
        }
    }

    mutating func deprecation() -> Deprecation {
        Deprecation(
            since: chance(2) ? Int64(below(4_000_000_000)) : nil, sunset: chance(2) ? Int64(below(4_000_000_000)) : nil,
            link: chance(2) ? word() : nil, successor: chance(2) ? word() : nil, endsAtSunset: chance(2),
            brownOuts: many(0...2) {
                .init(
                    from: Int64($0.below(4_000_000_000)), to: Int64($0.below(4_000_000_000)), status: Int($0.below(600)),
                    share: Int($0.below(10_001)))
            })
    }

    mutating func mirror() -> Mirror {
        Mirror(
            cluster: word(),
            share: chance(2) ? Mirror.Share(hundredths: Int(below(10_001))) : Mirror.Share(Int(below(9)), of: 1 + Int(below(9))),
            timeout: chance(2) ? duration() : nil,
            comparison: Mirror.Comparison(
                status: chance(2), latency: chance(2), body: chance(2), headers: many(0...2) { $0.word() }))
    }

    mutating func rule() -> Rule {
        Rule(
            id: one(of: ["Route/a/b/c", "x", word()]), action: action(), filters: many(0...2) { $0.filter() },
            timeouts: Timeouts(
                request: chance(2) ? duration() : nil, backendRequest: chance(2) ? duration() : nil,
                streamIdle: chance(2) ? duration() : nil),
            retry: chance(2)
                ? Retry(
                    attempts: Int(below(9)), codes: many(0...3) { 500 + Int($0.below(12)) }, backoff: duration(),
                    budgetPercent: Int(below(101))) : nil,
            hedge: chance(2) ? Hedge(after: duration(), maxPercent: Int(below(101))) : nil,
            sessions: chance(3) ? tie() : nil, balancer: chance(3) ? ruleBalancer() : nil)
    }

    mutating func ruleBalancer() -> RuleBalancer {
        let balancer = one(of: Cluster.Balancer.allCases)
        let keys: [Cluster.HashKey] = [.address, .header(word()), .cookie(word()), .query(word())]
        return RuleBalancer(balancer, hashKey: balancer == .maglev ? one(of: keys) : .address)
    }

    mutating func action() -> Action {
        switch below(6) {
        case 0:
            .redirect(
                Redirect(
                    scheme: chance(2) ? word() : nil, hostname: chance(2) ? word() : nil,
                    port: chance(2) ? UInt16(below(65536)) : nil,
                    path: chance(2) ? path() : nil, status: 301))
        case 1: .respond(DirectResponse(status: 200, contentType: chance(2) ? word() : nil, body: word()))
        case 2: .fail(reason: word())
        case 3: .forward(Split(arms: [Arm(name: "default", weight: 1, backends: many(0...2) { $0.backend() })]))
        default:
            .forward(
                Split(
                    arms: many(0...3) { random in
                        Arm(
                            name: random.one(of: ["default", random.word()]), weight: Int(random.below(101)),
                            backends: random.many(0...3) { $0.backend() })
                    }, activeArm: chance(2) ? word() : "", isForced: chance(2),
                    persistence: chance(2)
                        ? SessionPersistence(
                            kind: one(of: SessionPersistence.Kind.allCases), name: word(),
                            absoluteTimeout: chance(2) ? duration() : nil) : nil,
                    overrides: many(0...2) { random in
                        ArmOverride(
                            arm: random.word(), headers: random.many(0...2) { $0.named() },
                            cookies: random.many(0...2) { $0.named() })
                    }))
        }
    }

    mutating func backend() -> Backend {
        Backend(
            target: chance(3) ? .missing(reason: word()) : .cluster(one(of: ["missing", "shop/web:80", word()])),
            weight: Int(below(3)),
            filters: many(0...1) { $0.filter() })
    }

    mutating func cluster() -> Cluster {
        let own = ruleBalancer()
        return Cluster(
            id: word(), upstream: one(of: Cluster.Upstream.allCases), balancer: own.balancer,
            discovery: chance(3) ? .dns(name: word(), port: UInt16(below(65536))) : .published, allowsLoopback: chance(2),
            tls: chance(2)
                ? EndpointTLS(
                    serverName: word(), authority: chance(2) ? word() : nil, certificate: chance(2) ? word() : nil,
                    isVerified: chance(2)) : nil,
            introduction: chance(2) ? one(of: Cluster.Introduction.allCases) : nil,
            connectTimeout: chance(2) ? .seconds(5) : duration(), hashKey: own.hashKey,
            slowStart: chance(2) ? .zero : duration(),
            outliers: chance(2)
                ? Cluster.OutlierDetection()
                : Cluster.OutlierDetection(errors: one(of: Cluster.OutlierDetection.Errors.allCases), limit: UInt32(below(9))),
            healthCheck: chance(3) ? healthCheck() : nil, protection: chance(3) ? protection() : ClusterProtection(),
            detour: chance(3) ? detour() : nil,
            sessions: chance(3)
                ? ClusterSessions(
                    salt: ClusterSessions.Salt(high: UInt64(below(1000)), low: .max), persistence: chance(2) ? tie() : nil)
                : nil,
            ruleBalancers: Set(many(0...2) { $0.one(of: Cluster.Balancer.allCases) }))
    }

    mutating func tie() -> EndpointPersistence {
        EndpointPersistence(
            kind: one(of: EndpointPersistence.Kind.allCases), name: word(), absoluteTimeout: chance(2) ? duration() : nil,
            isPermanent: chance(2))
    }

    mutating func detour() -> Detour {
        let canaries = many(0...2) { random in
            Detour.Canary(
                random.word(), share: Int(random.below(10_001)),
                header: random.chance(2)
                    ? Detour.Header(name: random.word(), value: random.word(), veto: random.chance(2) ? random.word() : nil)
                    : nil,
                arm: random.chance(2) ? random.word() : "")
        }
        return Detour(
            canaries: canaries, switchover: chance(2) ? .init(word(), isForced: chance(2)) : nil,
            count: chance(3) ? .init(rule: word(), own: chance(2) ? word() : "") : nil)
    }

    mutating func protection() -> ClusterProtection {
        let limits = ClusterProtection.Limits(
            connections: chance(2) ? Int(below(99)) : nil, pending: chance(2) ? Int(below(99)) : nil,
            requests: chance(2) ? Int(below(99)) : nil, retries: chance(2) ? Int(below(99)) : nil)
        let breaker = ClusterProtection.Breaker(share: Int(below(10_001)), minimum: Int(below(99)), open: duration())
        return ClusterProtection(limits: limits, breaker: chance(2) ? breaker : nil, panicThreshold: Int(below(10_001)))
    }

    mutating func healthCheck() -> HealthCheck {
        let questions: [HealthCheck.Question] = [.http(path: word()), .tcp, .grpc(service: ""), .grpc(service: word())]
        return HealthCheck(
            one(of: questions), interval: duration(), timeout: duration(), failures: Int(below(9)), successes: Int(below(9)))
    }

    mutating func endpoint() -> Endpoint {
        Endpoint(
            address: one(of: ["10.0.0.1", "2001:db8::1", word()]), port: UInt16(below(65536)),
            condition: one(of: Endpoint.Condition.allCases),
            zone: chance(2) ? word() : nil, isNear: chance(3), weight: Int(below(3)))
    }
}
