import Documents
import Graph
import Resources

extension RoutePart {
    /// nil when the Route belongs to another controller.
    static func make(_ stored: Stored<Route>, _ context: PartContext, previous: RoutePart?) -> RoutePart? {
        let route = stored.resource
        var builder = PartBuilder(stored, route.metadata, context, previous: previous)
        switch context.classes.owner(of: route.spec.ingressClassName) {
        case .foreign: return nil
        case .unknown:
            builder.reportUnknownClass(route.spec.ingressClassName, at: "spec.ingressClassName")
            return RoutePart(builder, metadata: route.metadata, parent: nil)
        case .ours(let parent):
            builder.report(stored.problems)
            builder.reportAnnotations(of: route)
            builder.add(route, problems: stored.problems)
            return RoutePart(builder, metadata: route.metadata, parent: parent)
        }
    }
}

extension PartBuilder {
    /// Nobody serves the object, and nobody else will say so.
    mutating func reportUnknownClass(_ name: String?, at path: FieldPath) {
        let ours = context.settings.ingressClass
        let message =
            name.map { "IngressClass '\($0)' does not exist, so nobody serves this; create it, or write '\(ours)'." }
            ?? "No class is named and none is the default, so nobody serves this; write '\(ours)' here."
        report(.warning, path, reason: "ClassNotFound", message)
    }

    fileprivate mutating func add(_ route: Route, problems: [FieldProblem]) {
        let broken = BrokenFields(problems)
        if route.spec.listener != nil || broken.contains("spec.listener") { return addListener(of: route, broken) }
        // Nobody has decrypted what was not meant to be because a word is wrong.
        if broken.contains("spec.tls.mode") { return }
        if route.spec.tls?.mode == .passthrough {
            return addPassthrough(of: route, hosts(of: route, problems), broken)
        }
        let demand = clientDemand(of: route, broken)
        // What is for certain clients only is not for all of them because a word is wrong.
        let hosts = demand.isClear ? hosts(of: route, problems) : []
        // Nor is anything served in the clear because a word is wrong.
        let isRedirected = route.spec.tls?.insecurePolicy == .redirect || broken.contains("spec.tls.insecurePolicy")
        unsealed = demand.clients?.isRequired == true ? .never : isRedirected ? .redirected : .served
        let list: FieldPath = "spec.rules"
        var entries: [RankedEntry] = []
        var names: Set<String> = []
        for (index, (item, i)) in zip(route.spec.rules, broken.positions(of: route.spec.rules.count, in: list)).enumerated() {
            let path = list[i]
            var name = item.name ?? "\(i)"
            if !names.insert(name).inserted {
                report(
                    .warning, path["name"], reason: "DuplicateName",
                    "Another rule is named '\(name)' too, so this one is called '\(name)#\(i)'; give each a name of its own.")
                name += "#\(i)"
            }
            var draft = RuleDraft(item, id: "\(subject.kind)/\(subject.namespace)/\(subject.name)/\(name)", path: path)
            if broken.contains(path) { draft.failure = .ruleBroken }
            entries += self.entries(of: &draft, index: index, broken)
        }
        for (pattern, field) in hosts {
            claim(pattern, entries, field: field)
        }
        if let tls = route.spec.tls, !tls.secretName.isEmpty, let secret = certificate(tls.secretName, at: "spec.tls.secretName")
        {
            for (pattern, _) in hosts where pattern != .any { present(secret, for: pattern, isRouting: true, field: "spec.tls") }
        }
        if let clients = demand.clients {
            for (pattern, field) in hosts { claim(pattern, tls: ClaimedTLS(clients: clients), field: field) }
        }
    }

    /// What the Route wants of clients. - Returns: not clear when it wants something that cannot be understood.
    private mutating func clientDemand(of route: Route, _ broken: BrokenFields) -> (clients: ClientDemand?, isClear: Bool) {
        let path: FieldPath = "spec.tls.clientCertificate"
        if broken.contains(path) { return (nil, false) }
        guard let wanted = route.spec.tls?.clientCertificate else { return (nil, true) }
        guard !route.spec.hostnames.isEmpty else {
            refuse(
                path, .ruleBroken,
                "Clients show certificates to hosts, and this Route names none, so nothing of it is served; write hostnames.")
            return (nil, false)
        }
        let key = ObjectKey(subject.namespace, wanted.caSecretName)
        let finding = authority(of: key)
        if let problem = finding.problem {
            report(
                finding.exists ? .error : .warning, path["caSecretName"], condition: problem.reason.condition,
                reason: problem.reason.rawValue,
                problem.message + (finding.exists ? "" : " Until then no certificate of a client is good."))
        }
        return (ClientDemand(authority: key.description, isRequired: wanted.mode == .required), true)
    }

    private mutating func hosts(of route: Route, _ problems: [FieldProblem]) -> [(HostPattern, FieldPath)] {
        let list: FieldPath = "spec.hostnames"
        let broken = BrokenFields(problems)
        // Nobody meant every host by writing one that cannot be read.
        guard !route.spec.hostnames.isEmpty else { return broken.contains(list) ? [] : [(.any, list)] }
        var hosts: [(HostPattern, FieldPath)] = []
        for (text, i) in zip(route.spec.hostnames, broken.positions(of: route.spec.hostnames.count, in: list)) {
            guard let pattern = Hostname.pattern(text, depth: .many) else {
                refuse(
                    list[i], .hostnameInvalid,
                    "'\(text)' is no hostname; use lower-case letters, digits, '-' and '.', with '*.' in front for further labels."
                )
                continue
            }
            if !hosts.contains(where: { $0.0 == pattern }) { hosts.append((pattern, list[i])) }
        }
        return hosts
    }

    // MARK: Rules

    private mutating func entries(of draft: inout RuleDraft, index: Int, _ broken: BrokenFields) -> [RankedEntry] {
        let list = draft.path["matches"]
        var matches: [(match: Match, field: FieldPath)] = []
        for (item, i) in zip(draft.rule.matches, broken.positions(of: draft.rule.matches.count, in: list)) {
            if let match = match(item, at: list[i], &draft, broken) { matches.append((match, list[i])) }
        }
        if draft.rule.matches.isEmpty, !broken.contains(list) { matches.append((Match(), draft.path)) }
        let rule = rule(finished(&draft))
        return matches.enumerated().map { number, item in
            RankedEntry(Entry(match: item.match, rule: rule), of: origin, rule: index, match: number, field: item.field)
        }
    }

    /// The rule as it can be obeyed: broken, it answers 500 with the reason.
    private mutating func finished(_ draft: inout RuleDraft) -> Rule {
        let filters = filters(&draft)
        let action = action(&draft)
        let sessions = session(&draft, of: action)
        let balancer = balancer(&draft, of: action)
        if let failure = draft.failure { return Rule(id: draft.id, action: .fail(reason: failure.rawValue), unsealed: unsealed) }
        return Rule(
            id: draft.id, action: action, filters: filters, timeouts: Timeouts(draft.rule.timeouts),
            retry: draft.rule.retry.map { Retry($0) }, hedge: hedge(draft), sessions: sessions,
            balancer: balancer, unsealed: unsealed)
    }

    private mutating func hedge(_ draft: RuleDraft) -> Hedge? {
        guard let hedge = draft.rule.hedge, hedge.after > .zero else { return nil }
        let path = draft.path["hedge"]
        let limits = [("backendRequest", draft.rule.timeouts?.backendRequest), ("request", draft.rule.timeouts?.request)]
        for case (let name, let limit?) in limits where limit > .zero && hedge.after >= limit {
            report(
                .warning, path["after"], reason: "NoEffect",
                "\(Scalars.text(of: hedge.after)) is no less than timeouts.\(name) (\(Scalars.text(of: limit))), so no second endpoint is ever asked; write less."
            )
            break
        }
        if draft.rule.sessionPersistence != nil {
            report(
                .warning, path, reason: "NoEffect",
                "Clients that sessionPersistence ties to an endpoint ask no other one; remove hedge, or sessionPersistence.")
        }
        return Hedge(after: hedge.after, maxPercent: hedge.maxPercent ?? 10)
    }
}

/// A Route's rule while it is read.
struct RuleDraft {
    let rule: RouteRule
    let id: String
    let path: FieldPath
    /// The first thing that breaks it.
    var failure: Refusal?
    /// An answer of its own, from a filter.
    var answer: Action?
    /// A replacement that only prefix matches can have.
    var needsPrefix = false
    var hasOtherPaths = false

    init(_ rule: RouteRule, id: String, path: FieldPath) {
        self.rule = rule
        self.id = id
        self.path = path
    }

    mutating func breaks(_ reason: Refusal) { if failure == nil { failure = reason } }
}

extension Timeouts {
    init(_ timeouts: RouteTimeouts?) {
        self.init(request: timeouts?.request, backendRequest: timeouts?.backendRequest, streamIdle: timeouts?.streamIdle)
    }
}

extension Retry {
    init(_ retry: RouteRetry) {
        self.init(attempts: retry.attempts, codes: retry.codes)
        if let backoff = retry.backoff { self.backoff = backoff }
        if let budget = retry.budgetPercent { budgetPercent = (budget.hundredths + 99) / 100 }
    }
}
