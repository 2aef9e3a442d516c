import Documents
import Serving

/// Which options of lists and watches go together (k8s.io/apimachinery/pkg/apis/meta/internalversion/validation, ValidateListOptions).
enum ListOptionRules {
    static func check(_ request: ServedRequest, isWatch: Bool) throws(APIFailure) {
        let problems = isWatch ? watchProblems(request) : listProblems(request)
        guard problems.isEmpty else {
            throw .invalid(
                KindSchema(group: "meta.k8s.io", version: "v1", kind: "ListOptions", plural: "", isNamespaced: false), "",
                problems)
        }
        if let limit = request.parameter("limit"), !limit.isEmpty, Int64(limit) == nil {
            throw .badRequest("strconv.ParseInt: parsing \"\(limit)\": invalid syntax")
        }
    }

    private static func listProblems(_ request: ServedRequest) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        if let match = given("resourceVersionMatch", request) {
            let version = given("resourceVersion", request)
            if version == nil {
                problems.append(
                    forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided"))
            }
            if given("continue", request) != nil { problems.append(continueProblem) }
            if match != "Exact", match != "NotOlderThan" {
                problems.append(.unsupported("resourceVersionMatch", .string(match), supported: ["Exact", "NotOlderThan", ""]))
            }
            if match == "Exact", version == "0" {
                problems.append(
                    forbidden("resourceVersionMatch", "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""))
            }
        }
        if given("sendInitialEvents", request) != nil {
            problems.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
        }
        return problems
    }

    private static func watchProblems(_ request: ServedRequest) -> [SchemaProblem] {
        var problems: [SchemaProblem] = []
        let match = given("resourceVersionMatch", request)
        let hasInitial = given("sendInitialEvents", request) != nil
        if hasInitial, match != "NotOlderThan" {
            problems.append(
                forbidden("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
        }
        guard let match else { return problems }
        if !hasInitial {
            problems.append(
                forbidden(
                    "resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
        }
        if match != "NotOlderThan" {
            problems.append(.unsupported("resourceVersionMatch", .string(match), supported: ["NotOlderThan"]))
        }
        if given("continue", request) != nil { problems.append(continueProblem) }
        return problems
    }

    private static let continueProblem = forbidden(
        "resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided")

    private static func given(_ name: String, _ request: ServedRequest) -> String? {
        request.parameter(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func forbidden(_ path: String, _ why: String) -> SchemaProblem {
        SchemaProblem(path: path, reason: .forbidden, message: "Forbidden: \(why)")
    }
}
