import Documents
import Serving

/// A patch as it was sent, in one of the three formats. Server-side apply is no patch of an object: see `AppliedConfiguration`.
struct ObjectPatch {
    static let applyType = "application/apply-patch+yaml"

    private enum Format {
        case json
        case merge
        case strategic(schema: Value)
    }

    private let format: Format
    private let patch: Value
    private let kind: KindSchema

    init(_ request: ServedRequest, _ kind: KindSchema, isCustom: Bool) throws(APIFailure) {
        try RequestBody.requireSmall(request)
        let accepted =
            ["application/json-patch+json", "application/merge-patch+json"]
            + (isCustom ? [] : ["application/strategic-merge-patch+json"]) + [Self.applyType]
        switch RequestBody.mediaType(request) {
        case "application/json-patch+json": format = .json
        case "application/merge-patch+json": format = .merge
        // A kind without schema files cannot say how its lists merge: no custom resource can.
        case "application/strategic-merge-patch+json" where !isCustom: format = .strategic(schema: kind.schema)
        default: throw RequestBody.unsupported(accepted)
        }
        self.kind = kind
        patch = try RequestBody.json(request.body)
    }

    func apply(to object: Value, name: String) throws(APIFailure) -> Value {
        do throws(PatchError) {
            switch format {
            case .json: return try JSONPatch.apply(patch, to: object)
            case .merge:
                guard patch.object != nil else { throw .malformed("a merge patch is an object, found \(patch.kindName)") }
                return MergePatch.apply(patch, to: object)
            case .strategic(let schema): return try StrategicMergePatch.apply(patch, to: object, schema: schema)
            }
        } catch {
            guard error.isInvalid else { throw .badRequest(error.message) }
            // Without details: what is wrong is the request, and not the object.
            throw APIFailure(
                422, "Invalid", "the server rejected our request due to an error in our request: \(error.message)")
        }
    }
}
