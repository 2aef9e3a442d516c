import Serving

/// How an answer is written.
enum Rendering: Sendable, Equatable {
    case json
    case yaml
    /// `meta.k8s.io` Table in this version: what `kubectl get` asks for.
    case table(version: String)
    /// Only the metadata of objects, in this version.
    case partial(version: String)
}

/// One entry of an Accept header.
struct MediaRange: Sendable, Equatable {
    var type: String
    var parameters: [String: String]
    var quality: Double

    /// Best first.
    static func list(_ header: String?) -> [MediaRange] {
        let entries = (header ?? "*/*").split(separator: ",").compactMap { MediaRange($0) }.filter { $0.quality > 0 }
        return entries.enumerated().sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }.map(\.element)
    }

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ";").map { Self.trimmed($0) }
        guard let type = parts.first, !type.isEmpty else { return nil }
        self.type = type.lowercased()
        parameters = Dictionary(
            parts.dropFirst().compactMap { part in
                let pair = part.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
                return pair.count == 2 ? (pair[0].lowercased(), pair[1]) : nil
            }
        ) { first, _ in first }
        quality = parameters["q"].flatMap(Double.init) ?? 1
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        String(text.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" || $0 == "\"" }.reversed())
    }

    var isJSON: Bool { type == "application/json" || type == "application/*" || type == "*/*" }
    var isYAML: Bool { type == "application/yaml" }
    /// The version, when this asks for `as=WHAT` of a meta group.
    func version(of what: String, group: String) -> String? {
        guard isJSON, parameters["as"] == what, parameters["g"] == group else { return nil }
        return parameters["v"]
    }
}

extension Rendering {
    static func chosen(_ accept: String?) throws(APIFailure) -> Rendering {
        for range in MediaRange.list(accept) {
            if let version = range.version(of: "Table", group: "meta.k8s.io"), version == "v1" || version == "v1beta1" {
                return .table(version: version)
            }
            for what in ["PartialObjectMetadata", "PartialObjectMetadataList"] {
                if let version = range.version(of: what, group: "meta.k8s.io"), version == "v1" || version == "v1beta1" {
                    return .partial(version: version)
                }
            }
            guard range.parameters["as"] == nil else { continue }
            if range.isJSON { return .json }
            if range.isYAML { return .yaml }
        }
        throw APIFailure(
            406, "NotAcceptable",
            "only the following media types are accepted: application/json, application/yaml, application/json;as=Table;v=v1;g=meta.k8s.io"
        )
    }
}
