import Documents
import Graph
import Resources
import Translator

/// An Ingress that leads to the Service `web` of the namespace `shop`, what comes to it, and what is made of that.
final class ShopWorld {
    static let ingress = """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata: {name: web, namespace: shop}
        spec: {rules: [{host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]}
        """

    static func service(_ name: String, _ annotations: String = "") -> String {
        "{apiVersion: v1, kind: Service, metadata: {name: \(name), namespace: shop, annotations: {\(annotations)}}, spec: {ports: [{port: 80}]}}"
    }

    var snapshot = Snapshot()
    var translator: Translator
    private(set) var translation: Translation

    init(_ yaml: [String], allowsCanaries: Bool = false) throws {
        var settings = TranslatorSettings()
        settings.isDefaultClass = true
        settings.allowsCanaries = allowsCanaries
        settings.listeners = [ListenerKey(address: "::", port: 80, transport: .http)]
        translator = Translator(settings)
        for text in yaml { for document in try YAML.documents(text) { snapshot.put(document) } }
        translation = translator.translate(snapshot)
    }

    @discardableResult
    func put(_ yaml: String...) throws -> Translator.Change {
        var touched: Set<ObjectReference> = []
        for text in yaml { touched.formUnion(try YAML.documents(text).compactMap { snapshot.put($0) }) }
        return update(touched)
    }

    @discardableResult
    func remove(_ object: ObjectReference) -> Translator.Change {
        snapshot.remove(object)
        return update([object])
    }

    @discardableResult
    func update(_ touched: Set<ObjectReference>) -> Translator.Change {
        let change = translator.update(snapshot, changed: touched)
        if case .translation(let new) = change { translation = new }
        return change
    }

    func detour(of id: ClusterID = "shop/web:80") -> Detour? { translation.graph.clusters.first { $0.id == id }?.detour }

    /// Of the first rule of that name.
    func split(of rule: String) -> Split? {
        let entry = translation.graph.listeners.flatMap(\.hosts).flatMap(\.entries).first { $0.rule.id == rule }
        guard case .forward(let split)? = entry?.rule.action else { return nil }
        return split
    }
}
