import Documents
import Patterns
import Resources

/// Whether a Rollout can be obeyed, and which rule it moves.
struct RolloutCheck {
    /// Why not, as its condition `Accepted` and `martlet check` say it.
    struct Refusal: Error, Equatable {
        var path: FieldPath
        /// CamelCase.
        var reason: String
        /// A sentence with a remedy.
        var message: String

        init(_ path: FieldPath, _ reason: String, _ message: String) {
            self.path = path
            self.reason = reason
            self.message = message
        }
    }

    /// What is moved: a rule of a Route with a split that has both arms, or a Service whose requests go to two.
    struct Place: Equatable {
        /// Of the Route, or the Service.
        var object: ObjectKey
        /// As the rule's id ends; nil for a Service.
        var name: String?

        /// Under which name its requests are counted.
        var rule: String {
            name.map { "\(Route.kind.kind)/\(object.namespace)/\(object.name)/\($0)" }
                ?? "\(Service.kind.kind)/\(object.namespace)/\(object.name)"
        }

        var words: String { name.map { "rule \($0) of Route \(object)" } ?? "Service \(object)" }
    }

    let snapshot: Snapshot
    let settings: TranslatorSettings

    /// A Rollout belongs to whoever serves its Route, or the class that its Service names: two gateways of different classes never write the
    /// same status. That a target is not there all say alike.
    func isOurs(_ stored: Stored<Rollout>, _ classes: Classes) -> Bool {
        let owner: Classes.Answer
        if Self.isOfService(stored.resource.spec.targetRef) {
            guard let service = snapshot.services[stored.target]?.resource else { return true }
            owner = classes.owner(of: ClusterMaker.options(of: service).ingressClass)
        } else {
            guard let route = snapshot.routes[stored.target]?.resource else { return true }
            owner = classes.owner(of: route.spec.ingressClassName)
        }
        if case .ours = owner { return true }
        return false
    }

    /// A Service's group is the empty one, which is what nobody writes.
    static func isOfService(_ target: Rollout.Target) -> Bool {
        target.kind == Service.kind.kind && (target.group.isEmpty || target.group == Route.kind.group)
    }

    /// What it moves, unless an older one moves the same.
    func place(of stored: Stored<Rollout>) -> Result<Place, Refusal> {
        let rollout = stored.resource
        return own(rollout, stored.problems).flatMap { place in
            guard let first = governor(of: place), first.key != stored.key else { return .success(place) }
            return .failure(
                Refusal(
                    "spec.targetRef", "Conflicted",
                    "Rollout \(first.key), which is older, moves \(place.words) already; remove one of the two, or name another target."
                ))
        }
    }

    /// The oldest of the Rollouts that move a rule. One that cannot go on is among them if it has come some way: a mistake in it lets nothing
    /// jump to other weights.
    func governor(of place: Place) -> Stored<Rollout>? {
        snapshot.rollouts(of: place.object)
            .map { ($0, $0.resource) }
            .filter { stored, rollout in
                let found = rollout.status.isEmpty ? own(rollout, stored.problems) : target(rollout)
                return found == .success(place)
            }
            .min { Age($0.1.metadata.creationTimestamp, $0.0.reference) < Age($1.1.metadata.creationTimestamp, $1.0.reference) }?
            .0
    }

    /// The one that is obeyed there, as it is obeyed.
    func obeyed(at place: Place) -> Rollout? {
        guard snapshot.hasRollouts else { return nil }
        return governor(of: place).map(snapshot.obeyed)
    }

    // MARK: - The object by itself

    /// What it moves if it is alone.
    private func own(_ rollout: Rollout, _ problems: [FieldProblem]) -> Result<Place, Refusal> {
        // What is wrong with a status is nobody's mistake in the specification, and is written anew.
        let wrong = problems.first { $0.severity == .error && $0.path.steps.first != .member("status") }
        if let wrong { return .failure(Refusal(wrong.path, "Invalid", wrong.message)) }
        if let refusal = strategyRefusal(rollout.spec) ?? armRefusal(rollout.spec) { return .failure(refusal) }
        return target(rollout)
    }

    private func strategyRefusal(_ spec: Rollout.Spec) -> Refusal? {
        let path: FieldPath = "spec.strategy"
        switch spec.strategy.type {
        case nil: return Refusal(path["type"], "Invalid", "The type is unknown; write Canary, BlueGreen or ABTest.")
        case .abTest: return testRefusal(spec)
        case .canary where spec.strategy.steps.isEmpty:
            return Refusal(
                path["steps"], "Invalid", "A Canary has nothing to do without steps; write some, the last with setWeight: 100.")
        case .blueGreen:
            if let i = spec.strategy.steps.firstIndex(where: { ![0, 100].contains($0.setWeight ?? 0) }) {
                return Refusal(
                    path["steps"][i]["setWeight"], "Invalid",
                    "With BlueGreen an arm gets everything or nothing; write 0 or 100, or use the type Canary.")
            }
        case .canary: break
        }
        let misplaced = [
            ("match", !spec.strategy.match.isEmpty), ("duration", spec.strategy.duration != nil),
            ("iterations", spec.strategy.iterations != nil),
        ]
        if let (field, _) = misplaced.first(where: \.1) {
            return Refusal(path[field], "Invalid", "Only an ABTest has this; write it in a step, or use the type ABTest.")
        }
        for (i, step) in spec.strategy.steps.enumerated() {
            if let refusal = refusal(of: step.match ?? [], at: path["steps"][i]["match"]) { return refusal }
        }
        if let i = spec.strategy.steps.firstIndex(where: \.analysis), !spec.isJudging {
            return Refusal(
                path["steps"][i]["analysis"], "Invalid",
                "Nothing says how to judge; write spec.analysis with metrics, or remove this.")
        }
        return comparisonRefusal(spec)
    }

    /// Where everything goes to the canary arm nothing is left to compare it with: the step would never be judged, and never end.
    private func comparisonRefusal(_ spec: Rollout.Spec) -> Refusal? {
        var weight = 0
        let isAlone =
            spec.strategy.steps.isEmpty
            || spec.strategy.steps.contains { step in
                weight = step.setWeight ?? weight
                return step.analysis && weight == 100
            }
        guard isAlone, let i = spec.analysis?.metrics.firstIndex(where: { $0.isOwn && $0.min == nil && $0.max == nil }) else {
            return nil
        }
        return Refusal(
            FieldPath.root["spec"]["analysis"]["metrics"][i], "Invalid",
            "Where the canary arm gets everything there is nothing to compare it with; write min or max as well, or judge in a step below 100."
        )
    }

    private func testRefusal(_ spec: Rollout.Spec) -> Refusal? {
        let path: FieldPath = "spec.strategy"
        let strategy = spec.strategy
        if !strategy.steps.isEmpty {
            return Refusal(
                path["steps"], "Invalid",
                "An ABTest has no steps; remove them, or use the type Canary, whose steps may match too.")
        }
        if strategy.match.isEmpty {
            return Refusal(path["match"], "Invalid", "Nothing says whom the ABTest is for; write match, with headers or cookies.")
        }
        if strategy.iterations != nil, !spec.isJudging {
            return Refusal(
                path["iterations"], "Invalid",
                "Nothing says how to judge; write spec.analysis with metrics, or duration instead of this.")
        }
        if strategy.iterations == nil, strategy.duration == nil {
            return Refusal(path["duration"], "Invalid", "Nothing says when the ABTest is over; write duration or iterations.")
        }
        return refusal(of: strategy.match, at: path["match"])
    }

    private func refusal(of matches: [RolloutMatch], at path: FieldPath) -> Refusal? {
        for (i, match) in matches.enumerated() {
            for (field, items) in [("headers", match.headers), ("cookies", match.cookies)] {
                for (k, item) in items.enumerated() where item.type == .regex {
                    do {
                        _ = try Pattern.compile(item.value ?? "", mode: .whole)
                    } catch {
                        return Refusal(
                            path[i][field][k]["value"], "Invalid",
                            "The regular expression '\(item.value ?? "")' cannot be used: \(error). Correct it (PCRE2 syntax).")
                    }
                }
            }
        }
        return nil
    }

    private func armRefusal(_ spec: Rollout.Spec) -> Refusal? {
        if spec.stable == spec.canary {
            return Refusal("spec.canary", "Invalid", "Both arms are '\(spec.stable)'; name two arms of the split.")
        }
        return nil
    }

    /// Whether it sends requests somewhere by what they carry.
    private static func matches(_ spec: Rollout.Spec) -> Bool {
        !spec.strategy.match.isEmpty || spec.strategy.steps.contains { !($0.match ?? []).isEmpty }
    }

    // MARK: - The target

    private func target(_ rollout: Rollout) -> Result<Place, Refusal> {
        let reference = rollout.spec.targetRef
        let path: FieldPath = "spec.targetRef"
        if Self.isOfService(reference) { return service(rollout) }
        guard reference.group == Route.kind.group, reference.kind == Route.kind.kind else {
            return .failure(
                Refusal(
                    path["kind"], "InvalidKind",
                    "\(reference.kind) '\(reference.name)' cannot be moved; name a Route of \(Route.kind.group) with a split, or the Service that it leads to."
                ))
        }
        let key = ObjectKey(rollout.metadata.namespace, reference.name)
        guard let route = snapshot.routes[key] else {
            return .failure(
                Refusal(path["name"], "TargetNotFound", "Route \(key) does not exist; create it, or name another one."))
        }
        return rule(reference.sectionName, of: route).flatMap { rule in
            let place = Place(object: key, name: rule.name)
            guard let split = rule.split else {
                return .failure(
                    Refusal(
                        path["sectionName"], "NoSplit",
                        "Rule \(rule.name) of Route \(key) has no split; give it one with the arms \(rollout.spec.stable) and "
                            + "\(rollout.spec.canary)."))
            }
            return refusal(of: split, place, rollout).map { .failure($0) } ?? .success(place)
        }
    }

    /// A Service whose requests are divided among it and others, or among two others.
    private func service(_ rollout: Rollout) -> Result<Place, Refusal> {
        let key = ObjectKey(rollout.metadata.namespace, rollout.spec.targetRef.name)
        func refuse(_ path: FieldPath, _ reason: String, _ message: String) -> Result<Place, Refusal> {
            .failure(Refusal(path, reason, message))
        }
        guard let service = snapshot.services[key]?.resource else {
            return refuse(
                "spec.targetRef.name", "TargetNotFound", "Service \(key) does not exist; create it, or name another one.")
        }
        if rollout.spec.targetRef.sectionName != nil {
            return refuse("spec.targetRef.sectionName", "RuleNotFound", "A Service has no rules; remove sectionName.")
        }
        for (field, name) in [("stable", rollout.spec.stable), ("canary", rollout.spec.canary)] {
            if let arm = snapshot.services[ObjectKey(key.namespace, name)]?.resource {
                guard let wrong = ExternalName.refusal(arm, settings) else { continue }
                return refuse(FieldPath.root["spec"][field], wrong.refusal.rawValue, wrong.message)
            }
            let names = snapshot.services.objects.map(\.key).filter { $0.namespace == key.namespace }.map(\.name)
            let hint = nearest(to: name, among: names).map { " Did you mean \($0)?" } ?? ""
            return refuse(
                FieldPath.root["spec"][field], "ArmNotFound",
                "Arms of a Service are Services, and \(key.namespace)/\(name) does not exist; create it, or name another one.\(hint)"
            )
        }
        if Self.matches(rollout.spec) {
            return refuse(
                "spec.strategy", "NotInForce",
                "Requests of a Service are divided by weight only; let the Rollout move a Route's rule to divide them by headers or cookies."
            )
        }
        if let target = ClusterMaker.options(of: service).switchover?.target {
            return refuse(
                "spec.targetRef", "ActiveArm",
                "Service \(key) sends everything to '\(target)'; remove the annotation \(ServiceAnnotation.switchTo.rawValue) there."
            )
        }
        return .success(Place(object: key))
    }

    /// The split of a rule; nil when it has none or is not there.
    func split(of place: Place) -> RouteSplit? {
        snapshot.routes[place.object].flatMap { Self.rules(of: $0).first { $0.name == place.name }?.split }
    }

    /// A Route's rules by the names that they have in their ids.
    private static func rules(of route: Stored<Route>) -> [(name: String, split: RouteSplit?)] {
        let rules = route.resource.spec.rules
        let positions = BrokenFields(route.problems).positions(of: rules.count, in: "spec.rules")
        return zip(rules, positions).map { ($0.name ?? "\($1)", $0.split) }
    }

    private func rule(_ name: String?, of route: Stored<Route>) -> Result<(name: String, split: RouteSplit?), Refusal> {
        let rules = Self.rules(of: route)
        let names = rules.map(\.name)
        let key = route.key
        if let name {
            guard let rule = rules.first(where: { $0.name == name }) else {
                let hint = nearest(to: name, among: names).map { " Did you mean \($0)?" } ?? ""
                return .failure(
                    Refusal(
                        "spec.targetRef.sectionName", "RuleNotFound",
                        "Route \(key) has no rule '\(name)'; its rules are \(Wording.list(names)).\(hint)"))
            }
            return .success(rule)
        }
        let splits = rules.filter { $0.split != nil }
        guard splits.count == 1 else {
            let message =
                splits.isEmpty
                ? "No rule of Route \(key) has a split; give one of them a split."
                : "\(splits.count) rules of Route \(key) have a split; say which in sectionName: \(Wording.list(splits.map(\.name), last: "or"))."
            return .failure(Refusal("spec.targetRef.sectionName", splits.isEmpty ? "NoSplit" : "RuleNotFound", message))
        }
        return .success(splits[0])
    }

    private func refusal(of split: RouteSplit, _ place: Place, _ rollout: Rollout) -> Refusal? {
        let names = split.arms.map(\.name)
        for (field, arm) in [("stable", rollout.spec.stable), ("canary", rollout.spec.canary)] where !names.contains(arm) {
            let hint = nearest(to: arm, among: names).map { " Did you mean \($0)?" } ?? ""
            return Refusal(
                FieldPath.root["spec"][field], "ArmNotFound",
                "Rule \(place.name ?? "") of Route \(place.object) has no arm '\(arm)'; its arms are \(Wording.list(names)).\(hint)"
            )
        }
        let route = snapshot.routes[place.object]?.resource.spec
        if Self.matches(rollout.spec), route?.listener != nil || route?.tls?.mode == .passthrough {
            return Refusal(
                "spec.targetRef", "NoRequests",
                "Route \(place.object) passes connections on, of which no header or cookie is read; use steps with setWeight, or name another Route."
            )
        }
        guard split.activeArm.isEmpty else {
            return Refusal(
                "spec.targetRef", "ActiveArm",
                "Rule \(place.name ?? "") of Route \(place.object) sends everything to its active arm '\(split.activeArm)'; remove activeArm there."
            )
        }
        return nil
    }
}
