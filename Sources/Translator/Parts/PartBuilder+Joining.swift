import Documents
import Graph
import Resources

// Routes that take whole connections, or datagrams: all there is to say is where they go.
extension PartBuilder {
    /// A Route with `spec.listener`.
    mutating func addListener(of route: Route, _ broken: BrokenFields) {
        let path: FieldPath = "spec.listener"
        guard !broken.contains(path), let wanted = route.spec.listener, let transport = wanted.transport,
            let number = UInt16(exactly: wanted.port)
        else { return }
        let port = PortKey(transport: transport == .udp ? .udp : .tcp, port: number)
        if !isDeclared(port) {
            refuse(path["port"], .portNotDeclared, undeclared(port))
            return
        }
        var isSound = true
        if !route.spec.hostnames.isEmpty || broken.contains("spec.hostnames") {
            isSound = false
            refuse(
                "spec.hostnames", .ruleBroken,
                "What comes to \(port.words) names no host; remove hostnames, or remove spec.listener and let HTTP or TLS say the host."
            )
        }
        if route.spec.tls != nil {
            isSound = false
            refuse(
                "spec.tls", .ruleBroken,
                "TLS on \(port.words) is between clients and endpoints; remove tls, or remove spec.listener to have it ended here."
            )
        }
        use = port.transport == .udp ? .datagrams : .connections
        claim(
            port, joiningRule(of: route, "What comes to \(port.words) is taken as it is", isSound: isSound, broken), field: path)
    }

    private func isDeclared(_ port: PortKey) -> Bool {
        context.settings.takesAnyPort
            || context.settings.listeners.contains { $0.port == port.port && $0.transport == port.transport }
    }

    private func undeclared(_ port: PortKey) -> String {
        let flag = "--\(port.transport.rawValue)"
        let declared = Set(context.settings.listeners.filter { $0.transport == port.transport }.map(\.port)).sorted()
        let has =
            declared.isEmpty
            ? "it was started without \(flag)" : "its \(flag) ports are \(Wording.list(declared.map { "\($0)" }))"
        return
            "The gateway does not listen on \(port.words): \(has). Start it with \(flag) 0.0.0.0:\(port.port), or use another port."
    }

    /// A Route whose endpoints end TLS.
    mutating func addPassthrough(of route: Route, _ hosts: [(HostPattern, FieldPath)], _ broken: BrokenFields) {
        guard context.settings.listeners.contains(where: { $0.transport == .https }) else {
            refuse(
                "spec.tls.mode", .portNotDeclared,
                "The gateway accepts no TLS: it was started with --https none. Start it with --https 0.0.0.0:8443.")
            return
        }
        let named = hosts.filter { $0.0 != .any }
        guard !named.isEmpty else {
            if !broken.contains("spec.hostnames"), route.spec.hostnames.isEmpty {
                refuse(
                    "spec.hostnames", .hostnameInvalid,
                    "Passthrough goes by the name that clients ask for (SNI), and this Route names none; write hostnames.")
            }
            return
        }
        let why = "With Passthrough connections are not decrypted"
        let tls: FieldPath = "spec.tls"
        let isSound = refuse(
            why, at: tls,
            [
                (route.spec.tls?.secretName.isEmpty == false, "secretName"),
                (route.spec.tls?.clientCertificate != nil || broken.contains(tls["clientCertificate"]), "clientCertificate"),
                (route.spec.tls?.insecurePolicy == .redirect || broken.contains(tls["insecurePolicy"]), "insecurePolicy"),
            ])
        use = .connections
        let rule = joiningRule(of: route, why, isSound: isSound, broken)
        for (pattern, field) in named { claim(pattern, joinedBy: rule, field: field) }
    }

    // MARK: The rule

    /// The one rule, which ends every session with the reason when it cannot be obeyed.
    ///
    /// - Parameter why: nothing but the backends counts, as the beginning of a sentence.
    private mutating func joiningRule(of route: Route, _ why: String, isSound: Bool, _ broken: BrokenFields) -> Rule {
        let list: FieldPath = "spec.rules"
        let id = "\(subject.kind)/\(subject.namespace)/\(subject.name)/"
        guard let item = route.spec.rules.first else {
            if !broken.contains(list) { refuse(list, .noBackend, "The Route leads nowhere; add a rule with backendRefs.") }
            return rule(Rule(id: id + "0", action: .fail(reason: Refusal.noBackend.rawValue)))
        }
        var draft = RuleDraft(item, id: id + (item.name ?? "0"), path: list[0])
        if !isSound || broken.contains(list) { draft.breaks(.ruleBroken) }
        if route.spec.rules.count > 1 {
            refuse(list[1], .ruleBroken, "\(why), so there is nothing to choose a rule by; keep one.")
            draft.breaks(.ruleBroken)
        }
        let times = item.timeouts
        let hasOnlyBackends = [
            refuse(
                why, at: list[0],
                [
                    (!item.matches.isEmpty, "matches"), (!item.filters.isEmpty, "filters"), (item.retry != nil, "retry"),
                    (item.hedge != nil, "hedge"),
                    (item.deprecation != nil, "deprecation"),
                    (item.sessionPersistence != nil, "sessionPersistence"),
                ]),
            refuse(
                why, at: list[0]["timeouts"],
                [(times?.request != nil, "request"), (times?.backendRequest != nil, "backendRequest")],
                or: ", or say how long nothing may move with streamIdle"),
        ]
        if hasOnlyBackends.contains(false) { draft.breaks(.ruleBroken) }
        let action = action(&draft)
        let balancer = balancer(&draft, of: action, isJoining: true)
        if let failure = draft.failure { return rule(Rule(id: draft.id, action: .fail(reason: failure.rawValue))) }
        return rule(
            Rule(id: draft.id, action: action, timeouts: Timeouts(streamIdle: item.timeouts?.streamIdle), balancer: balancer))
    }

    /// Refuses the fields that are there. - Returns: whether there were none.
    private mutating func refuse(
        _ why: String, at path: FieldPath, _ fields: [(isThere: Bool, name: String)], or remedy: String = ""
    ) -> Bool {
        for field in fields where field.isThere {
            refuse(path[field.name], .ruleBroken, "\(why), so '\(field.name)' can have no effect; remove it\(remedy).")
        }
        return !fields.contains(where: \.isThere)
    }
}
