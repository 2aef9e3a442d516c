import Documents
import Graph
import Resources

extension RoutePart {
    /// nil when the Ingress is not ours.
    static func make(_ stored: Stored<Ingress>, _ context: PartContext, previous: RoutePart?) -> RoutePart? {
        let ingress = stored.resource
        // The annotation has precedence over the field (Ingress API, ingressClassName).
        let annotation = ingress.metadata.annotations[IngressClass.legacyAnnotation].flatMap { $0.isEmpty ? nil : $0 }
        guard case .ours(let parent) = context.classes.owner(of: annotation ?? ingress.spec.ingressClassName) else { return nil }
        var builder = PartBuilder(stored, ingress.metadata, context, previous: previous)
        builder.report(stored.problems)
        builder.reportAnnotations(of: ingress)
        if let annotation, let field = ingress.spec.ingressClassName, annotation != field {
            builder.report(
                .warning, "spec.ingressClassName", reason: "ClassConflict",
                "The annotation \(IngressClass.legacyAnnotation) says '\(annotation)' and has precedence; remove one of the two.")
        }
        builder.add(ingress, problems: stored.problems)
        return RoutePart(builder, metadata: ingress.metadata, parent: parent)
    }
}

extension PartBuilder {
    fileprivate mutating func add(_ ingress: Ingress, problems: [FieldProblem]) {
        unsealed = redirection(ingress.metadata)
        let defaultRule = ingress.spec.defaultBackend.map { rule(for: $0, at: "spec.defaultBackend", isBroken: false) }
        let broken = BrokenFields(problems)
        let rulesPath: FieldPath = "spec.rules"
        var matchIndex = 0
        for (rule, i) in zip(ingress.spec.rules, broken.positions(of: ingress.spec.rules.count, in: rulesPath)) {
            let path = rulesPath[i]
            guard let pattern = host(rule.host, at: path["host"]) else { continue }
            let paths = rule.http?.paths ?? []
            let pathsPath = path["http"]["paths"]
            var entries: [RankedEntry] = []
            for (item, j) in zip(paths, broken.positions(of: paths.count, in: pathsPath)) {
                if let entry = entry(item, at: pathsPath[j], index: matchIndex, isBroken: broken.contains(pathsPath[j])) {
                    entries.append(entry)
                }
                matchIndex += 1
            }
            claim(pattern, entries, field: path["host"])
            if let defaultRule,
                claims[pattern]?.entries.contains(where: { $0.entry.rule === defaultRule && $0.rank.isDefault }) != true
            {
                claim(pattern, [defaultEntry(defaultRule)], field: path["host"])
            }
        }
        // What no host takes goes to the default backend as well (Ingress API, defaultBackend).
        if let defaultRule, claims[.any]?.entries.contains(where: { $0.rank.isDefault }) != true {
            claim(.any, [defaultEntry(defaultRule)], field: "spec.defaultBackend")
        }
        addCertificates(ingress.spec.tls, problems)
    }

    private func defaultEntry(_ rule: Rule) -> RankedEntry {
        RankedEntry(Entry(match: Match(), rule: rule), of: origin, rule: 0, match: nil, field: "spec.defaultBackend")
    }

    private mutating func host(_ text: String?, at path: FieldPath) -> HostPattern? {
        guard let text, !text.isEmpty else { return .any }
        if let pattern = Hostname.pattern(text, depth: .one) { return pattern }
        refuse(
            path, .hostnameInvalid,
            "'\(text)' is no hostname; use lower-case letters, digits, '-' and '.', with '*.' in front for one further label.")
        return nil
    }

    /// nil when nobody can tell which requests are meant.
    private mutating func entry(_ item: Ingress.Path, at path: FieldPath, index: Int, isBroken: Bool) -> RankedEntry? {
        let rule = rule(for: item.backend, at: path["backend"], isBroken: isBroken)
        let text = item.path ?? ""
        let isOptional = item.pathType == .implementationSpecific || item.pathType == nil
        let written = text.isEmpty && isOptional ? "/" : text
        let match: PathMatch? =
            item.pathType == .exact
            ? PathText.canonical(written).map { .exact($0) } : PathText.prefix(written).map { .prefix($0) }
        guard let match else {
            refuse(
                path["path"], .ruleBroken,
                "'\(text)' is no path that a request can have; begin with '/', and write no '?', '#', '\\', or dot segments.")
            return nil
        }
        return RankedEntry(Entry(match: Match(path: match), rule: rule), of: origin, rule: 0, match: index, field: path)
    }

    /// What the annotation says about requests without TLS.
    private mutating func redirection(_ metadata: ObjectMeta) -> Unsealed {
        let name = IngressAnnotation.httpsRedirect
        switch metadata.annotations[name.rawValue] {
        case "true": return .redirected
        case nil, "false": return .served
        case let other?:
            report(
                .error, name.path, condition: Refusal.accepted, reason: "InvalidValue",
                "'\(other)' is neither true nor false; write one of them, in quotes.")
            return .served
        }
    }

    // MARK: Backends

    /// All paths of an Ingress to one backend share one rule, which is named by it: it stays the same when paths move.
    private mutating func rule(for backend: Ingress.Backend, at path: FieldPath, isBroken: Bool) -> Rule {
        let id = "\(subject.kind)/\(subject.namespace)/\(subject.name)/"
        guard !isBroken else { return rule(id + "broken", .fail(reason: Refusal.ruleBroken.rawValue)) }
        if let service = backend.service, backend.resource == nil {
            let name = BackendName(
                service: ObjectKey(subject.namespace, service.name), port: service.port.backendPort,
                path: path["service"]["name"],
                portPath: path["service"]["port"])
            let text = id + "\(service.name):\(service.port.name ?? service.port.number.map { "\($0)" } ?? "")"
            if service.port.name == nil, service.port.number == nil {
                refuse(path["service"]["port"], .portNotFound, "A backend needs a port; write its number or its name.")
                return rule(text, .fail(reason: Refusal.portNotFound.rawValue))
            }
            switch target(name) {
            case .missing(let reason): return rule(text, .fail(reason: reason))
            case .cluster(let cluster): return rule(text, .forward(Split(to: cluster)))
            }
        }
        guard let resource = backend.resource else {
            refuse(path, .noBackend, "The backend names no Service; write service.name and service.port.")
            return rule(id + "none", .fail(reason: Refusal.noBackend.rawValue))
        }
        let kind = resource["kind"]?.string ?? "object"
        let name = resource["name"]?.string ?? ""
        refuse(path["resource"], .invalidKind, "\(kind) '\(name)' cannot be a backend; only Services can.")
        return rule(id + "\(kind):\(name)", .fail(reason: Refusal.invalidKind.rawValue))
    }

    private mutating func rule(_ id: String, _ action: Action) -> Rule { rule(Rule(id: id, action: action, unsealed: unsealed)) }

    // MARK: Certificates

    private mutating func addCertificates(_ items: [Ingress.TLS], _ problems: [FieldProblem]) {
        let list: FieldPath = "spec.tls"
        let hosts = claims.keys.filter { $0 != .any }
        for (item, i) in zip(items, BrokenFields(problems).positions(of: items.count, in: list)) {
            guard let name = item.secretName, let secret = certificate(name, at: list[i]["secretName"]) else { continue }
            for (j, text) in item.hosts.enumerated() {
                guard let pattern = host(text, at: list[i]["hosts"][j]) else { continue }
                present(secret, for: pattern, isRouting: false, field: list[i]["hosts"][j])
            }
            if item.hosts.isEmpty {
                for pattern in hosts { present(secret, for: pattern, isRouting: false, field: list[i]) }
            }
        }
    }
}

extension Ingress.ServicePort {
    fileprivate var backendPort: BackendName.Port {
        if let name { return .name(name) }
        return number.map { .number($0) } ?? .first
    }
}
