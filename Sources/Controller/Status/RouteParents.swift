import Documents
import Resources
import Translator

/// What a Route's `status.parents` ought to be: ours in their places, everybody else's untouched. Pure.
struct RouteParents: Equatable {
    /// Whether every worker of every replica serves what the conditions belong to.
    enum Programmed: Equatable {
        /// Every one that answers does.
        ///
        /// - silent: replicas that give no answer, by name.
        case yes(silent: [String] = [])
        /// A worker or replica does not, and what of it is to be said.
        case notYet(String)
        /// Nobody is known not to, but not everybody was asked. What is true already stays so.
        case unclear(String)
    }

    /// Nothing when the Route is not ours: then our entries go.
    var statuses: [RouteStatus]
    var controllerName: String
    var programmed: Programmed

    /// - Parameters:
    ///   - current: `status.parents` as it is; nil when there is none.
    ///   - now: for conditions whose truth changes, as RFC 3339.
    /// - Returns: nil for none. Equal to `current` when nothing has to be written.
    func merged(into current: Value?, now: String) -> Value? {
        var rest = statuses
        var entries: [Value] = []
        for entry in current?.array ?? [] {
            guard entry["controllerName"]?.string == controllerName else {
                entries.append(entry)
                continue
            }
            // An entry of ours for a parent that is no longer ours goes.
            guard let i = rest.firstIndex(where: { Self.names(entry["parentRef"], $0.parent) }) else { continue }
            entries.append(self.entry(rest.remove(at: i), replacing: entry, now))
        }
        entries += rest.map { self.entry($0, replacing: nil, now) }
        return entries.isEmpty ? nil : .array(entries)
    }

    /// The API server may have added defaults, so only what names the parent is compared.
    private static func names(_ written: Value?, _ parent: ObjectReference) -> Bool {
        written?["kind"]?.string == parent.kind && written?["name"]?.string == parent.name
            && (written?["group"]?.string ?? "") == parent.group && (written?["namespace"]?.string ?? "") == parent.namespace
    }

    private func entry(_ status: RouteStatus, replacing old: Value?, _ now: String) -> Value {
        let before = { (type: String) in old?["conditions"]?.array?.first { $0["type"]?.string == type } }
        let programmed = programmedCondition(status, replacing: before("Programmed"))
        let conditions = (status.conditions + [programmed]).map { condition in
            value(condition, status.observedGeneration, replacing: before(condition.type), now)
        }
        return [
            "parentRef": old?["parentRef"] ?? parentRef(status.parent), "controllerName": .string(controllerName),
            "conditions": .array(conditions),
        ]
    }

    private func parentRef(_ parent: ObjectReference) -> Value {
        var reference: Value = ["group": .string(parent.group), "kind": .string(parent.kind), "name": .string(parent.name)]
        if !parent.namespace.isEmpty { reference["namespace"] = .string(parent.namespace) }
        return reference
    }

    private func programmedCondition(_ status: RouteStatus, replacing old: Value?) -> RouteCondition {
        if status.conditions.contains(where: { $0.type == "Accepted" && !$0.isTrue }) {
            return RouteCondition(type: "Programmed", isTrue: false, reason: "NotAccepted", message: "The Route is not accepted.")
        }
        let stays = old.flatMap { old in
            old["status"]?.string == "True" && old["observedGeneration"]?.integer == Int64(status.observedGeneration)
                ? RouteCondition(
                    type: "Programmed", isTrue: true, reason: old["reason"]?.string ?? "", message: old["message"]?.string ?? "")
                : nil
        }
        switch programmed {
        case .yes(silent: []):
            return RouteCondition(type: "Programmed", isTrue: true, reason: "Programmed", message: "Every worker serves it.")
        case .yes(let silent):
            // Falling silent makes nothing untrue that was said of a replica before, and thousands of Routes are not written for it.
            return stays
                ?? RouteCondition(
                    type: "Programmed", isTrue: true, reason: "Programmed",
                    message: "Every worker serves it, as far as replicas answer; silent: \(silent.joined(separator: ", ")).")
        case .unclear(let message): return stays ?? pending(message)
        case .notYet(let message): return pending(message)
        }
    }

    private func pending(_ message: String) -> RouteCondition {
        RouteCondition(type: "Programmed", isTrue: false, reason: "Pending", message: message)
    }

    private func value(_ condition: RouteCondition, _ generation: Int, replacing old: Value?, _ now: String) -> Value {
        let truth = condition.isTrue ? "True" : "False"
        let isSame = old?["status"]?.string == truth
        return [
            "type": .string(condition.type), "status": .string(truth), "reason": .string(condition.reason),
            "message": .string(condition.message), "observedGeneration": .integer(Int64(generation)),
            "lastTransitionTime": isSame ? old?["lastTransitionTime"] ?? .string(now) : .string(now),
        ]
    }
}
