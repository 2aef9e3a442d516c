import Base
import Graph
import Resources

/// Which classes are ours.
struct Classes: Sendable {
    private let settings: TranslatorSettings
    private let shelf: Shelf<IngressClass>
    /// The class of objects that name none, if it is ours.
    private let standard: String?
    /// A class of somebody else takes the objects that name none.
    private let hasForeignDefault: Bool
    /// Ten thousand routes that are attached to one class share one reference to it.
    private let references: [String: Rare<RouteParent>]

    init(_ shelf: Shelf<IngressClass>, _ settings: TranslatorSettings) {
        self.shelf = shelf
        self.settings = settings
        let defaults = shelf.objects.map(\.resource).filter(\.isDefault)
        let ours = defaults.filter { $0.spec.controller == settings.controllerName }
        standard = ours.min { $0.age < $1.age }?.metadata.name
        hasForeignDefault = defaults.count > ours.count
        let names = Set(shelf.objects.map(\.key.name) + [settings.ingressClass])
        references = Dictionary(uniqueKeysWithValues: names.map { ($0, Self.parent($0, settings)) })
    }

    enum Answer {
        /// The class that our objects are attached to.
        case ours(Rare<RouteParent>)
        case foreign
        /// The class does not exist, or none is named and there is no default.
        case unknown
    }

    /// Whose is an object that names this class (nil or empty: none)?
    func owner(of name: String?) -> Answer {
        guard let name, !name.isEmpty else {
            if let standard { return .ours(reference(standard)) }
            if hasForeignDefault { return .foreign }
            return settings.isDefaultClass ? .ours(reference(settings.ingressClass)) : .unknown
        }
        if let known = shelf[ObjectKey("", name)]?.resource {
            return known.spec.controller == settings.controllerName ? .ours(reference(name)) : .foreign
        }
        return name == settings.ingressClass ? .ours(reference(name)) : .unknown
    }

    private func reference(_ name: String) -> Rare<RouteParent> { references[name] ?? Self.parent(name, settings) }

    private static func parent(_ name: String, _ settings: TranslatorSettings) -> Rare<RouteParent> {
        Rare(RouteParent(reference: reference(name), controllerName: settings.controllerName))
    }

    static func reference(_ name: String) -> ObjectReference {
        ObjectReference(group: IngressClass.kind.group, kind: IngressClass.kind.kind, name: name)
    }
}

extension IngressClass {
    fileprivate var age: Age { Age(metadata.creationTimestamp, reference) }
}
