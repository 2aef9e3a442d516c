import Documents

/// A query over the few fields that Kubernetes lets clients select by: `metadata.name=x,status.phase!=Running`.
struct FieldSelector: Sendable, Equatable {
    fileprivate struct Requirement: Sendable, Equatable {
        var path: [String]
        var value: String
        var isEqual: Bool
    }

    private var requirements: [Requirement] = []

    static let everything = FieldSelector()

    private init() {}

    init(parsing text: String, for kind: KindSchema) throws(APIFailure) {
        for term in Self.terms(text) {
            guard let (field, value, isEqual) = Self.split(term) else {
                throw .badRequest("invalid selector: '\(text)'; can't understand '\(term)'")
            }
            guard let path = Self.path(field, kind) else { throw .badRequest("field label not supported: \(field)") }
            requirements.append(Requirement(path: path, value: value, isEqual: isEqual))
        }
    }

    func matches(_ object: Value) -> Bool {
        requirements.allSatisfy { ($0.found(in: object) == $0.value) == $0.isEqual }
    }

    private static func terms(_ text: String) -> [String] {
        var terms: [String] = []
        var term = ""
        var isEscaped = false
        for character in text {
            if character == ",", !isEscaped {
                terms.append(term)
                term = ""
            } else {
                term.append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return (terms + [term]).filter { !$0.isEmpty }
    }

    private static func split(_ term: String) -> (field: String, value: String, isEqual: Bool)? {
        for (mark, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = term.firstRange(of: mark) else { continue }
            return (String(term[..<range.lowerBound]), unescaped(term[range.upperBound...]), isEqual)
        }
        return nil
    }

    private static func unescaped(_ text: Substring) -> String {
        var out = ""
        var isEscaped = false
        for character in text {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                out.append(character)
                isEscaped = false
            }
        }
        return out
    }

    /// Where a field lies; nil when objects of this kind cannot be selected by it.
    private static func path(_ field: String, _ kind: KindSchema) -> [String]? {
        if field == "metadata.name" || (field == "metadata.namespace" && kind.isNamespaced) { return parts(field) }
        let path = kind.resource == .events && field.hasPrefix("regarding.") ? "involvedObject" + field.dropFirst(9) : field
        return extras[kind.resource]?.contains(path) == true ? parts(path) : nil
    }

    private static func parts(_ field: String) -> [String] { field.split(separator: ".").map(String.init) }

    private static let extras: [ResourceKey: Set<String>] = [
        .events: [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
        ],
        .pods: ["spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"],
        .namespaces: ["status.phase"],
        .services: ["spec.clusterIP", "spec.type"],
        .replicaSets: ["status.replicas"],
        ResourceKey("secrets"): ["type"],
        ResourceKey("nodes"): ["spec.unschedulable"],
    ]
}

extension FieldSelector.Requirement {
    /// Absent fields count as empty, as in Go.
    fileprivate func found(in object: Value) -> String {
        if path == ["source"] { return object[at: "source", "component"]?.string ?? "" }
        var value: Value? = object
        for member in path { value = value?[member] }
        return switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .bool(let flag): flag ? "true" : ""
        default: ""
        }
    }
}
