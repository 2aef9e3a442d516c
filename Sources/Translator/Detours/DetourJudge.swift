import Documents
import Graph
import Resources

/// Works out what the annotations of one namespace come to: who is a canary of whom with which share, who is switched, and what is wrong.
struct DetourJudge {
    /// A Service that is a canary as far as its primary allows it.
    private struct Candidate {
        let key: ObjectKey
        let service: Service
        let origin: Origin
        let wish: ServiceOptions.Canary
        /// In hundredths of a percent.
        var share = 0

        var getsAnything: Bool { share > 0 || wish.header != nil }
    }

    private struct Switched {
        let origin: Origin
        let target: ObjectKey
        let service: Service
        let isForced: Bool
    }

    private let namespace: String
    private let snapshot: Snapshot
    private let settings: TranslatorSettings
    private var services: [ObjectKey: Service] = [:]
    /// By primary, the oldest first.
    private var canaries: [ObjectKey: [Candidate]] = [:]
    private var switches: [ObjectKey: Switched] = [:]
    /// Whose requests a Rollout divides.
    private var divisions: [ObjectKey: Rollout] = [:]
    private var judgement = DetourJudgement()

    /// - Parameter annotated: Services that are canaries or are switched, in the order of their names.
    static func judge(
        _ annotated: [Stored<Service>], _ namespace: String, _ snapshot: Snapshot, _ settings: TranslatorSettings
    ) -> DetourJudgement {
        var judge = DetourJudge(namespace: namespace, snapshot: snapshot, settings: settings)
        for stored in annotated { judge.read(stored) }
        let primaries = Set(judge.canaries.keys).union(judge.switches.keys).union(judge.divisions.keys).sorted()
        for primary in primaries { judge.share(primary) }
        for primary in primaries { judge.place(primary) }
        for primary in primaries { judge.noteChains(primary) }
        return judge.judgement
    }

    private init(namespace: String, snapshot: Snapshot, settings: TranslatorSettings) {
        self.namespace = namespace
        self.snapshot = snapshot
        self.settings = settings
    }

    // MARK: What is wished

    private mutating func read(_ stored: Stored<Service>) {
        let service = stored.resource
        let options = ClusterMaker.options(of: service)
        let origin = Origin(stored, service.metadata)
        if let wish = options.canary { read(wish, stored.key, service, origin) }
        if let wish = options.switchover { read(wish, stored.key, origin) }
        let place = RolloutCheck.Place(object: stored.key)
        divisions[stored.key] = RolloutCheck(snapshot: snapshot, settings: settings).obeyed(at: place)
    }

    private mutating func read(_ wish: ServiceOptions.Canary, _ key: ObjectKey, _ service: Service, _ origin: Origin) {
        let primary = ObjectKey(namespace, wish.primary)
        guard let found = self.service(primary, for: key, .canaryOf, origin) else { return }
        let allowed = ClusterMaker.options(of: found).canaries
        guard settings.allowsCanaries || allowed?.allow(key.name) == true else {
            let names = (allowed?.names ?? []) + [key.name]
            return report(
                .error, .canaryOf, origin, "CanaryNotAllowed",
                "Service \(primary) does not allow this canary, so it gets nothing; annotate that one with "
                    + "\(ServiceAnnotation.canaries.rawValue): \(names.joined(separator: ",")), or start with --allow-canaries.")
        }
        if let wrong = ExternalName.refusal(service, settings) {
            return report(.error, .canaryOf, origin, wrong.refusal.rawValue, wrong.message)
        }
        canaries[primary, default: []].append(Candidate(key: key, service: service, origin: origin, wish: wish))
    }

    private mutating func read(_ wish: ServiceOptions.Switchover, _ key: ObjectKey, _ origin: Origin) {
        let target = ObjectKey(namespace, wish.target)
        guard let found = self.service(target, for: key, .switchTo, origin) else { return }
        if let wrong = ExternalName.refusal(found, settings) {
            return report(.error, .switchTo, origin, wrong.refusal.rawValue, wrong.message)
        }
        switches[key] = Switched(origin: origin, target: target, service: found, isForced: wish.isForced)
    }

    /// The Service that an annotation of another one names; nil when there is none (and a diagnostic).
    private mutating func service(
        _ name: ObjectKey, for key: ObjectKey, _ annotation: ServiceAnnotation, _ origin: Origin
    ) -> Service? {
        if name == key {
            report(
                .error, annotation, origin, "DetourToItself",
                "This names the Service itself, so it has no effect; name another one, or remove it.")
            return nil
        }
        if let found = look(name) { return found }
        let names = snapshot.services.objects.map(\.key).filter { $0.namespace == key.namespace && $0 != key }.map(\.name)
        let hint = nearest(to: name.name, among: names).map { " Did you mean \($0)?" } ?? ""
        report(
            .error, annotation, origin, "ServiceNotFound",
            "Service \(name) does not exist, so this has no effect; create it, or name another one.\(hint)")
        return nil
    }

    private mutating func look(_ key: ObjectKey) -> Service? {
        if let known = services[key] { return known }
        services[key] = snapshot.services[key]?.resource
        return services[key]
    }

    // MARK: Shares

    /// Shares come out of what the primary has: the oldest canaries get theirs first, and together they get no more than there is.
    private mutating func share(_ primary: ObjectKey) {
        guard var candidates = canaries[primary] else { return }
        candidates.sort { $0.origin.age < $1.origin.age }
        var left = Detour.whole
        for i in candidates.indices {
            candidates[i].share = min(left, candidates[i].wish.weight?.hundredths ?? 0)
            left -= candidates[i].share
        }
        canaries[primary] = candidates
        let wanting = candidates.filter { ($0.wish.weight?.hundredths ?? 0) > 0 }
        let sum = wanting.reduce(0) { $0 + ($1.wish.weight?.hundredths ?? 0) }
        for candidate in wanting where sum > Detour.whole {
            let all = wanting.map { "\($0.key.name) \(Wording.percent($0.wish.weight?.hundredths ?? 0))" }
            report(
                .error, .canaryWeight, candidate.origin, "CanaryWeightsExceed",
                "The canaries of Service \(primary) want \(Wording.percent(sum)) of its requests together (\(Wording.list(all))). The older ones get "
                    + "theirs first, this one gets \(Wording.percent(candidate.share)); let all come to 100 at most.")
        }
        if let rollout = divisions[primary] {
            for candidate in candidates {
                report(
                    .warning, .canaryOf, candidate.origin, "CanaryRests",
                    "Rollout \(rollout.metadata.key) divides the requests of Service \(primary), so this canary gets nothing; remove one of both."
                )
            }
        }
        guard let switched = switches[primary] else { return }
        for candidate in candidates where candidate.key != switched.target {
            report(
                .warning, .canaryOf, candidate.origin, "CanaryRests",
                "Service \(primary) is switched to \(switched.target), so this canary gets nothing until "
                    + "\(ServiceAnnotation.switchTo.rawValue) is removed there.")
        }
    }

    // MARK: Ports

    private mutating func place(_ primary: ObjectKey) {
        guard let service = look(primary) else { return }
        var strangers: [Int] = []
        var strange: [ObjectKey: [Int]] = [:]
        for (port, transport) in PortPartner.routed(service) {
            var detour = divisions[primary].map { division(of: primary, service, port, transport, by: $0) } ?? Detour()
            for candidate in canaries[primary] ?? [] where divisions[primary] == nil && candidate.getsAnything {
                guard let number = PortPartner.number(of: port, of: service, in: candidate.service) else {
                    strange[candidate.key, default: []].append(port.port)
                    continue
                }
                let cluster = ClusterReference(service: candidate.key, port: number, transport: transport).id
                detour.canaries.append(
                    .init(cluster, share: candidate.share, header: candidate.wish.header.map { Detour.Header($0) }))
            }
            if let switched = switches[primary] {
                if let number = PortPartner.number(of: port, of: service, in: switched.service) {
                    let cluster = ClusterReference(service: switched.target, port: number, transport: transport).id
                    detour.switchover = .init(cluster, isForced: switched.isForced)
                } else {
                    strangers.append(port.port)
                }
            }
            if !detour.clusters.isEmpty {
                judgement.detours[ClusterReference(service: primary, port: port.port, transport: transport).id] = detour
            }
        }
        for candidate in canaries[primary] ?? [] {
            notePorts(strange[candidate.key] ?? [], of: primary, in: candidate.service, .canaryOf, candidate.origin)
        }
        if let switched = switches[primary] {
            notePorts(strangers, of: primary, in: switched.service, .switchTo, switched.origin)
        }
    }

    /// A Rollout's arms are Services; one of them may be the primary itself. What an arm without such a port cannot take stays.
    private mutating func division(
        of primary: ObjectKey, _ service: Service, _ port: Service.Port, _ transport: ClusterReference.Transport,
        by rollout: Rollout
    ) -> Detour {
        let shares = RolloutWeights.wanted(rollout)
        let rule = RolloutCheck.Place(object: primary).rule
        var detour = Detour(count: .init(rule: rule, own: shares.contains { $0.name == primary.name } ? primary.name : ""))
        for share in shares where share.name != primary.name {
            let key = ObjectKey(namespace, share.name)
            guard let other = look(key), let number = PortPartner.number(of: port, of: service, in: other) else { continue }
            let cluster = ClusterReference(service: key, port: number, transport: transport).id
            detour.canaries.append(.init(cluster, share: share.weight * (Detour.whole / 100), arm: share.name))
        }
        return detour
    }

    private mutating func notePorts(
        _ ports: [Int], of primary: ObjectKey, in other: Service, _ annotation: ServiceAnnotation, _ origin: Origin
    ) {
        guard !ports.isEmpty else { return }
        let words = Wording.list(ports.map { "\($0)" })
        report(
            .error, annotation, origin, Refusal.portNotFound.rawValue,
            "Service \(other.metadata.key) has nothing for port\(ports.count == 1 ? "" : "s") \(words) of Service \(primary): no port of the same number "
                + "or name, nor a single one that is left over. Requests for \(ports.count == 1 ? "it" : "them") stay where they are; add such a port."
        )
    }

    // MARK: Chains

    /// A request takes one step, whatever annotations say of where it comes to.
    private mutating func noteChains(_ primary: ObjectKey) {
        if let switched = switches[primary] {
            if let path = chain(primary, switched.target) { report(path, .switchTo, switched.origin) }
            return
        }
        for candidate in canaries[primary] ?? [] where candidate.getsAnything {
            if let path = chain(primary, candidate.key) { report(path, .canaryOf, candidate.origin) }
        }
    }

    /// The way that requests would take if they took every step, to the first Service that they come to twice; nil when there is only one step.
    private func chain(_ first: ObjectKey, _ second: ObjectKey) -> [ObjectKey]? {
        var path = [first, second]
        while let next = step(from: path[path.count - 1]) {
            path.append(next)
            if path.dropLast().contains(next) { break }
        }
        return path.count > 2 ? path : nil
    }

    private func step(from service: ObjectKey) -> ObjectKey? {
        switches[service]?.target ?? canaries[service]?.first(where: \.getsAnything)?.key
    }

    private mutating func report(_ path: [ObjectKey], _ annotation: ServiceAnnotation, _ origin: Origin) {
        report(
            .warning, annotation, origin, "DetourChain",
            "Annotations make a way of several steps, \(path.map(\.name).joined(separator: " -> ")), and requests take one: those for \(path[0].name) "
                + "that go to \(path[1].name) stay there. "
                + (path.last == path.first
                    ? "If nobody should be sent back, remove one of the annotations."
                    : "If they should go further, let \(path[0].name) lead to \(path[path.count - 1].name) directly."))
    }

    private mutating func report(
        _ severity: Diagnostic.Severity, _ annotation: ServiceAnnotation, _ origin: Origin, _ reason: String, _ message: String
    ) {
        judgement.diagnostics[origin.subject, default: []].append(
            origin.diagnostic(severity, annotation.path, reason: reason, message))
    }
}

extension Detour.Header {
    fileprivate init(_ header: ServiceOptions.CanaryHeader) {
        self.init(name: header.name, value: header.value, veto: header.veto)
    }
}
