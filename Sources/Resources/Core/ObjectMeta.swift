public import Documents

/// What every object says of itself.
public struct ObjectMeta: Equatable, Sendable {
    public var name = ""
    /// Empty for kinds without namespaces.
    public var namespace = ""
    public var uid: ObjectUID = ""
    public var resourceVersion = ""
    public var generation = 0
    /// Empty for files.
    public var creationTimestamp: CreationTime = ""
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    /// Being deleted: kept only by its finalizers.
    public var isDeleting = false

    public init(name: String = "", namespace: String = "") {
        self.name = name
        self.namespace = namespace
    }

    /// `namespace/name`, or the name alone.
    public var key: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }

    /// Reads `metadata` of a document; an object in a file without a namespace gets `defaultNamespace`.
    public init(of document: Value, defaultNamespace: String = "") {
        let metadata = document["metadata"]
        name = metadata?["name"]?.string ?? ""
        namespace = metadata?["namespace"]?.string ?? defaultNamespace
        uid = ObjectUID(metadata?["uid"]?.string ?? "")
        resourceVersion = metadata?["resourceVersion"]?.string ?? ""
        generation = metadata?["generation"]?.integer.flatMap { Int(exactly: $0) } ?? 0
        creationTimestamp = CreationTime(metadata?["creationTimestamp"]?.string ?? "")
        labels = Self.strings(metadata?["labels"])
        annotations = Self.strings(metadata?["annotations"])
        isDeleting = metadata?["deletionTimestamp"]?.string != nil
    }

    /// The same of a packed document.
    public init(of document: Packed, defaultNamespace: String = "") {
        namespace = defaultNamespace
        var reader = document.reader
        guard reader.enter("metadata") else { return }
        for _ in 0..<(reader.object() ?? 0) {
            switch reader.name() {
            case "name": name = reader.string() ?? ""
            case "namespace": namespace = reader.string() ?? defaultNamespace
            case "uid": uid = ObjectUID(reader.string() ?? "")
            case "resourceVersion": resourceVersion = reader.string() ?? ""
            case "generation": generation = reader.integer().flatMap { Int(exactly: $0) } ?? 0
            case "creationTimestamp": creationTimestamp = CreationTime(reader.string() ?? "")
            case "labels": labels = Self.strings(&reader)
            case "annotations": annotations = Self.strings(&reader)
            case "deletionTimestamp": isDeleting = reader.string() != nil
            default: reader.skip()
            }
        }
    }

    private static func strings(_ reader: inout PackedReader) -> [String: String] {
        var map: [String: String] = [:]
        for _ in 0..<(reader.object() ?? 0) {
            let (name, value) = (reader.name(), reader.value())
            map[name] = value.string ?? value.jsonText
        }
        return map
    }

    private static func strings(_ value: Value?) -> [String: String] {
        var map: [String: String] = [:]
        for (key, value) in value?.object?.entries ?? [] { map[key] = value.string ?? value.jsonText }
        return map
    }
}
