import Documents
import Graph
import Resources

extension RoutePart {
    /// nil when the Service is not exposed, or not by us, and its requests go nowhere else.
    static func make(_ stored: Stored<Service>, _ context: PartContext, previous: RoutePart?) -> RoutePart? {
        // Most Services have no annotation of ours.
        guard !stored.isPlain else { return nil }
        let service = stored.resource
        // What is wrong with an annotation is said where the Service's own diagnostics are made.
        var problems = FieldProblems()
        let options = ServiceOptions(service.metadata.annotations, problems: &problems)
        guard options.exposure != nil || options.canary != nil || options.switchover != nil else { return nil }
        var builder = PartBuilder(stored, service.metadata, context, previous: previous)
        builder.noteDetours(options, service)
        guard let exposure = options.exposure else { return RoutePart(builder, metadata: service.metadata, parent: nil) }
        switch context.classes.owner(of: options.ingressClass) {
        case .foreign: return RoutePart(builder, metadata: service.metadata, parent: nil)
        case .unknown:
            builder.reportUnknownClass(options.ingressClass, at: ServiceAnnotation.ingressClass.path)
            return RoutePart(builder, metadata: service.metadata, parent: nil)
        case .ours(let parent):
            if builder.mayBeExposed() { builder.add(exposure, service) }
            return RoutePart(builder, metadata: service.metadata, parent: parent)
        }
    }
}

extension PartBuilder {
    /// Namespaces say by this label that their Services may claim hosts, where the install asks for it.
    private static let label = (key: ServiceAnnotation.expose.rawValue, value: "enabled")

    fileprivate mutating func mayBeExposed() -> Bool {
        guard !context.settings.exposesEverywhere else { return true }
        let namespace = context.snapshot.namespaces[ObjectKey("", subject.namespace)]?.resource
        if namespace?.metadata.labels[Self.label.key] == Self.label.value { return true }
        report(
            .error, ServiceAnnotation.expose.path, condition: Refusal.accepted, reason: "ExposeNotAllowed",
            "Services of namespace \(subject.namespace) may not claim hosts; label the namespace \(Self.label.key)=\(Self.label.value)."
        )
        return false
    }

    fileprivate mutating func add(_ exposure: ServiceOptions.Exposure, _ service: Service) {
        let path = ServiceAnnotation.expose.path
        guard let pattern = Hostname.pattern(exposure.host, depth: .many) else {
            refuse(
                path, .hostnameInvalid,
                "'\(exposure.host)' is no hostname; use lower-case letters, digits, '-' and '.', with '*.' in front for further labels."
            )
            return
        }
        guard let prefix = PathText.prefix(exposure.path) else {
            refuse(
                path, .ruleBroken,
                "'\(exposure.path)' is no path that a request can have; write no '?', '#', '\\', or dot segments.")
            return
        }
        let port: BackendName.Port =
            exposure.port.map { text in Int(text).map { .number($0) } ?? .name(text) } ?? .first
        let name = BackendName(service: ObjectKey(subject.namespace, subject.name), port: port, path: path, portPath: path)
        let match = Match(path: .prefix(prefix))
        let id = "\(subject.kind)/\(subject.namespace)/\(subject.name)/expose"
        let rule =
            switch target(name) {
            case .cluster(let cluster): rule(Rule(id: id, action: .forward(Split(to: cluster))))
            case .missing(let reason): rule(Rule(id: id, action: .fail(reason: reason)))
            }
        let entry = RankedEntry(Entry(match: match, rule: rule), of: origin, rule: 0, match: 0, field: path)
        claim(pattern, [entry], field: path)
    }
}
