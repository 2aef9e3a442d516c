import Base
import Documents

/// Objects made from a seed: mostly sensible, few names so that they refer to each other, and some of them damaged.
struct RandomObjects {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func below(_ n: Int) -> Int { Int(random.below(UInt32(n))) }
    mutating func chance(_ n: Int) -> Bool { below(n) == 0 }
    mutating func one<T>(of choices: [T]) -> T { choices[below(choices.count)] }
    mutating func many<T>(_ range: ClosedRange<Int>, _ make: (inout Self) -> T) -> [T] {
        (0..<(range.lowerBound + below(range.count))).map { _ in make(&self) }
    }
    mutating func shuffled<T>(_ list: [T]) -> [T] {
        var list = list
        for i in list.indices.reversed() { list.swapAt(i, below(i + 1)) }
        return list
    }

    /// An object; `damage`: one in so many has a part replaced by junk, 0 for none.
    mutating func object(damage: Int = 4) -> Value {
        let object = sound()
        return damage > 0 && chance(damage) ? damaged(object) : object
    }

    private mutating func sound() -> Value {
        switch below(14) {
        case 0...2: ingress()
        case 3...5: route()
        case 6...7: service()
        case 8...9: slice()
        case 10: secret()
        case 12, 13: rollout()
        default: chance(2) ? ingressClass() : namespace()
        }
    }

    // MARK: Kinds

    private let names = ["a", "b", "c"]
    private let namespaces = ["one", "two"]
    private let hosts = ["x.example.com", "y.example.com", "*.example.com", "Not A Host"]
    private let paths = ["/", "/a", "/a/", "/a/b", "/b%41", "/c", "no-slash", "/?q"]

    private mutating func metadata(_ annotations: [(String, String)] = [], labels: [(String, String)] = []) -> Value {
        var value: Value = ["name": .string(one(of: names)), "namespace": .string(one(of: namespaces))]
        if chance(2) { value["creationTimestamp"] = .string("2026-01-0\(below(4) + 1)T00:00:00Z") }
        value["generation"] = .integer(Int64(below(5)))
        if !annotations.isEmpty { value["annotations"] = .object(Value.Fields(annotations.map { ($0, .string($1)) })) }
        if !labels.isEmpty { value["labels"] = .object(Value.Fields(labels.map { ($0, .string($1)) })) }
        return value
    }

    private mutating func className() -> Value? { chance(3) ? .string(one(of: ["martlet", "nginx", "other"])) : nil }

    private mutating func ingress() -> Value {
        var spec: Value = [:]
        spec["ingressClassName"] = className()
        if chance(4) { spec["defaultBackend"] = ingressBackend() }
        spec["rules"] = .array(
            many(0...2) { r in
                var rule: Value = ["http": ["paths": .array(r.many(0...3) { $0.ingressPath() })]]
                if !r.chance(4) { rule["host"] = .string(r.one(of: r.hosts)) }
                return rule
            })
        if chance(3) { spec["tls"] = [["hosts": ["x.example.com"], "secretName": .string(one(of: names))]] }
        let annotations = chance(6) ? [(one(of: ["kubernetes.io/ingress.class", "martlet.dev/expoze"]), "martlet")] : []
        return ["apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata(annotations), "spec": spec]
    }

    private mutating func ingressPath() -> Value {
        [
            "path": .string(one(of: paths)), "pathType": .string(one(of: ["Exact", "Prefix", "ImplementationSpecific"])),
            "backend": ingressBackend(),
        ]
    }

    private mutating func ingressBackend() -> Value {
        if chance(8) { return ["resource": ["kind": "Bucket", "name": "x"]] }
        return ["service": ["name": .string(one(of: names)), "port": chance(3) ? ["name": "http"] : ["number": 80]]]
    }

    private mutating func route() -> Value {
        var spec: Value = [:]
        spec["ingressClassName"] = className()
        if !chance(4) { spec["hostnames"] = .array(many(1...2) { .string($0.one(of: $0.hosts)) }) }
        spec["rules"] = .array(many(0...3) { $0.routeRule() })
        if chance(5) { spec["tls"] = ["mode": .string(one(of: ["Passthrough", "Passthrough", "Terminate"]))] }
        if chance(6) {
            spec["listener"] = [
                "protocol": .string(one(of: ["TCP", "UDP"])), "port": .integer(Int64(one(of: [9000, 9001]))),
            ]
        }
        if chance(2) { spec["rules"] = [["backendRefs": [backendRef()]]] }
        return ["apiVersion": "martlet.dev/v1alpha1", "kind": "Route", "metadata": metadata(), "spec": spec]
    }

    private mutating func rollout() -> Value {
        var target: Value = ["name": .string(one(of: names))]
        if chance(2) { target["sectionName"] = .string(one(of: ["r", "s", "0"])) }
        var rollout: Value = [
            "apiVersion": "martlet.dev/v1alpha1", "kind": "Rollout", "metadata": metadata(),
            "spec": [
                "targetRef": target, "stable": .string(one(of: ["stable", "canary"])), "canary": "canary", "revision": "v1",
                "strategy": ["steps": [["setWeight": 50]]],
            ],
        ]
        if rollout[at: "spec", "stable"]?.string == "canary" {
            rollout["spec"]?["canary"] = .string(one(of: ["stable", "kanary"]))
        }
        if chance(3) {
            rollout["spec"]?["targetRef"] = ["kind": "Service", "name": .string(one(of: names))]
            rollout["spec"]?["stable"] = .string(one(of: names))
            rollout["spec"]?["canary"] = .string(one(of: names))
        }
        if chance(2) {
            let weight = Int64(below(101))
            let arms = (
                rollout[at: "spec", "stable"]?.string ?? "", chance(8) ? "canary" : rollout[at: "spec", "canary"]?.string ?? ""
            )
            rollout["status"] = [
                "phase": "Progressing", "stableArm": .string(arms.0), "canaryArm": .string(arms.1),
                "weights": [
                    ["name": .string(arms.0), "weight": .integer(100 - weight)],
                    ["name": .string(arms.1), "weight": .integer(weight)],
                ],
            ]
            if chance(3) { rollout["status"]?["match"] = [["headers": [["name": "x-tester", "value": "1"]]]] }
        }
        return rollout
    }

    private mutating func routeRule() -> Value {
        var rule: Value = [:]
        if chance(2) { rule["name"] = .string(one(of: ["r", "s"])) }
        rule["matches"] = .array(many(0...2) { $0.match() })
        if chance(3) {
            rule["split"] = [
                "arms": .array(
                    ["stable", "canary"].map {
                        ["name": .string($0), "weight": .integer(Int64(below(3))), "backendRefs": [backendRef()]]
                    }), "activeArm": .string(one(of: ["", "", "canary", "canary", "kanary"])), "force": .bool(chance(4)),
                "overrides": .array(
                    many(0...1) {
                        [
                            "arm": .string($0.one(of: ["stable", "canary", "kanary"])),
                            "headers": [["name": "x-a", "value": "1"]],
                        ]
                    }),
                "sessionPersistence": ["type": .string(one(of: ["Cookie", "ClientIP"]))],
            ]
        } else {
            rule["backendRefs"] = .array(many(0...2) { $0.backendRef() })
        }
        if chance(3) {
            rule["loadBalancer"] = [
                "type": .string(one(of: ["Maglev", "RoundRobin", "PeakEWMA"])),
                "hashOn": .string(one(of: ["header:x-user", "cookie"])),
            ]
        }
        if chance(3) { rule["filters"] = .array(many(1...2) { $0.filter() }) }
        return rule
    }

    private mutating func match() -> Value {
        var match: Value = [
            "path": [
                "type": .string(one(of: ["Exact", "PathPrefix", "RegularExpression"])),
                "value": .string(one(of: paths + ["/(", "/x+"])),
            ]
        ]
        if chance(3) { match["method"] = .string(one(of: ["GET", "POST"])) }
        if chance(3) {
            match["headers"] = [["name": "x-a", "type": "RegularExpression", "value": .string(one(of: ["^1$", "("]))]]
        }
        if chance(4) { match["sourceCIDRs"] = [.string(one(of: ["192.0.2.0/24", "nowhere"]))] }
        return match
    }

    private mutating func backendRef() -> Value {
        var ref: Value = [
            "name": .string(one(of: names)), "port": .integer(one(of: [80, 81])), "weight": .integer(Int64(below(3))),
        ]
        if chance(6) { ref["namespace"] = .string(one(of: namespaces)) }
        return ref
    }

    private mutating func filter() -> Value {
        switch below(5) {
        case 0: ["type": "RequestHeaderModifier", "requestHeaderModifier": ["set": [["name": "x-a", "value": "1"]]]]
        case 1: ["type": "URLRewrite", "urlRewrite": ["path": ["type": "ReplacePrefixMatch", "replacePrefixMatch": "/z"]]]
        case 2: ["type": "RequestRedirect", "requestRedirect": ["scheme": "https"]]
        case 3: ["type": "DirectResponse", "directResponse": ["statusCode": 418]]
        default: ["type": "RequestMirror", "requestMirror": ["backendRef": backendRef()]]
        }
    }

    private mutating func service() -> Value {
        var annotations: [(String, String)] = []
        if chance(2) { annotations.append(("martlet.dev/expose", one(of: hosts) + one(of: ["", "/api", "#http", "/api#99"]))) }
        if chance(4) {
            annotations.append(("martlet.dev/load-balancer", one(of: ["round-robin", "rund-robin", "maglev", "peak-ewma"])))
        }
        if chance(6) { annotations.append(("martlet.dev/hash-on", one(of: ["header:x-user", "address", "header:", "cooky:a"]))) }
        if chance(6) { annotations.append(("martlet.dev/outlier-detection", one(of: ["off", "5xx", "some"]))) }
        if chance(6) { annotations.append(("martlet.dev/outlier-failures", one(of: ["3", "0", "few"]))) }
        if chance(6) { annotations.append(("martlet.dev/max-connections", one(of: ["10", "0", "many"]))) }
        if chance(6) { annotations.append(("martlet.dev/max-pending-requests", one(of: ["0", "-1"]))) }
        if chance(6) { annotations.append(("martlet.dev/breaker", one(of: ["50%", "0", "half"]))) }
        if chance(6) { annotations.append(("martlet.dev/breaker-open", one(of: ["10s", "1h"]))) }
        if chance(6) { annotations.append(("martlet.dev/panic-threshold", one(of: ["50", "101%"]))) }
        if chance(6) { annotations.append(("martlet.dev/slow-start", one(of: ["30s", "2h", "soon"]))) }
        annotations += detours()
        var spec: Value = [
            "ports": .array(
                many(0...2) { ["name": .string($0.one(of: ["http", ""])), "port": .integer($0.one(of: [80, 81]))] })
        ]
        if chance(8) {
            spec["type"] = "ExternalName"
            spec["externalName"] = .string(one(of: ["api.example.com", "localhost", "127.0.0.1", "-"]))
        }
        if chance(8) { spec["publishNotReadyAddresses"] = true }
        return ["apiVersion": "v1", "kind": "Service", "metadata": metadata(annotations), "spec": spec]
    }

    /// Annotations that send requests to other Services, in circles too.
    private mutating func detours() -> [(String, String)] {
        var annotations: [(String, String)] = []
        if chance(3) {
            annotations.append(("martlet.dev/canary-of", one(of: names + ["d", "A/b"])))
            if !chance(4) { annotations.append(("martlet.dev/canary-weight", one(of: ["10", "60", "99.99", "0", "all"]))) }
            if chance(3) { annotations.append(("martlet.dev/canary-header", one(of: ["x-canary=always", "x-a=1", "x-a"]))) }
        }
        if chance(3) { annotations.append(("martlet.dev/canaries", one(of: ["*", "a", "b,c", "a, B"]))) }
        if chance(4) { annotations.append(("martlet.dev/switch-to", one(of: names + ["", "e"]))) }
        if chance(8) { annotations.append(("martlet.dev/switch-force", one(of: ["true", "false", "no"]))) }
        return annotations
    }

    private mutating func slice() -> Value {
        let label = [("kubernetes.io/service-name", one(of: names))]
        return [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata(labels: label),
            "addressType": .string(one(of: ["IPv4", "IPv4", "IPv6", "FQDN"])),
            "ports": [["name": .string(one(of: ["http", ""])), "port": 8080]],
            "endpoints": .array(
                many(0...3) { r in
                    [
                        "addresses": [.string(r.one(of: ["10.0.0.1", "10.0.0.2", "2001:db8::1", "127.0.0.1", "junk"]))],
                        "conditions": [
                            "ready": .bool(r.chance(2)), "serving": .bool(r.chance(2)), "terminating": .bool(r.chance(2)),
                        ],
                        "targetRef": ["kind": "Pod", "name": .string(r.one(of: r.names))],
                    ]
                }),
        ]
    }

    private mutating func secret() -> Value {
        [
            "apiVersion": "v1", "kind": "Secret", "metadata": metadata(),
            "type": .string(one(of: ["kubernetes.io/tls", "Opaque"])),
            "data": ["tls.crt": "YQ==", "tls.key": "YQ=="],
        ]
    }

    private mutating func ingressClass() -> Value {
        let controller = one(of: ["martlet.dev/ingress-controller", "example.com/other"])
        var metadata: Value = ["name": .string(one(of: ["martlet", "nginx"]))]
        if chance(2) { metadata["annotations"] = ["ingressclass.kubernetes.io/is-default-class": "true"] }
        return [
            "apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": metadata,
            "spec": ["controller": .string(controller)],
        ]
    }

    private mutating func namespace() -> Value {
        [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": [
                "name": .string(one(of: namespaces)), "labels": ["martlet.dev/expose": .string(one(of: ["enabled", "no"]))],
            ],
        ]
    }

    // MARK: Damage

    /// The value with one part of it, anywhere but in what names it, replaced by something else.
    private mutating func damaged(_ value: Value, depth: Int = 0) -> Value {
        switch value {
        case .object(var fields) where !fields.isEmpty && (depth == 0 || !chance(4)):
            let keys = fields.keys.filter { depth > 0 || !["apiVersion", "kind", "metadata"].contains($0) }
            guard !keys.isEmpty else { return junk() }
            let key = one(of: keys)
            let part = fields[key] ?? .null
            if chance(6) { fields.remove(key) } else { fields[key] = damaged(part, depth: depth + 1) }
            if chance(8) { fields[key + "x"] = part }
            return .object(fields)
        case .array(var elements) where !elements.isEmpty && !chance(4):
            let i = below(elements.count)
            if chance(4) { elements.append(elements[i]) } else { elements[i] = damaged(elements[i], depth: depth + 1) }
            return .array(elements)
        default: return junk()
        }
    }

    private mutating func junk() -> Value {
        one(of: [
            .null, true, -1, 0, 80, 70000, .number(1.5), "", "é\u{0}\n", "*", "/..", "%zz", "[", "{}",
            .string(String(repeating: "x", count: 300)),
            [], [[]], [.null, 1, "a"], [:], ["name": []], ["a": ["b": "c"]],
        ])
    }
}
