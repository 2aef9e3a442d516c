import Documents

/// `kubectl get nodes,events,configmaps,secrets,serviceaccounts`.
enum ClusterCells {
    @Sendable static func node(_ column: String, _ context: CellContext) -> Value? {
        let node = context.object
        switch column {
        case "Status":
            let conditions = node[at: "status", "conditions"]?.array ?? []
            let ready = conditions.first { $0["type"]?.string == "Ready" }?["status"]?.string
            let word = ready.map { $0 == "True" ? "Ready" : "NotReady" } ?? "Unknown"
            return .string(node[at: "spec", "unschedulable"]?.bool ?? false ? "\(word),SchedulingDisabled" : word)
        case "Roles":
            let prefix = "node-role.kubernetes.io/"
            let roles = (node[at: "metadata", "labels"]?.object?.keys ?? []).filter { $0.hasPrefix(prefix) }.map {
                $0.dropFirst(prefix.count)
            }
            return roles.isEmpty ? KindCells.none : .string(roles.sorted().joined(separator: ","))
        case "Internal-IP": return address("InternalIP", of: node)
        case "External-IP": return address("ExternalIP", of: node)
        default: return nil
        }
    }

    private static func address(_ type: String, of node: Value) -> Value {
        KindCells.text((node[at: "status", "addresses"]?.array ?? []).first { $0["type"]?.string == type }?["address"])
    }

    // MARK: - Events

    @Sendable static func event(_ column: String, _ context: CellContext) -> Value? {
        let event = context.object
        let names = EventNames(
            object: "involvedObject", source: "source", first: "firstTimestamp", last: "lastTimestamp", count: "count",
            reporter: "reportingComponent")
        return cell(column, event, names, context)
    }

    @Sendable static func newEvent(_ column: String, _ context: CellContext) -> Value? {
        let names = EventNames(
            object: "regarding", source: "deprecatedSource", first: "deprecatedFirstTimestamp", last: "deprecatedLastTimestamp",
            count: "deprecatedCount", reporter: "reportingController")
        return cell(column, context.object, names, context)
    }

    /// The two groups call the same things differently.
    private struct EventNames {
        var object, source, first, last, count, reporter: String
    }

    private static func cell(_ column: String, _ event: Value, _ names: EventNames, _ context: CellContext) -> Value? {
        let first = event[names.first]?.string ?? event["eventTime"]?.string
        let last = event[at: "series", "lastObservedTime"]?.string ?? event[names.last]?.string ?? first
        let count = event[at: "series", "count"]?.integer ?? event[names.count]?.integer ?? 1
        let firstAge = first.flatMap { context.age($0) } ?? "<unknown>"
        switch column {
        case "Last Seen": return .string(last.flatMap { context.age($0) } ?? "<unknown>")
        case "First Seen": return .string(firstAge)
        case "Count": return .integer(count)
        case "Object":
            let kind = event[at: names.object, "kind"]?.string?.lowercased() ?? ""
            let name = event[at: names.object, "name"]?.string ?? ""
            return .string(kind.isEmpty ? name : "\(kind)/\(name)")
        case "Source":
            let parts = [
                event[at: names.source, "component"]?.string ?? event[names.reporter]?.string,
                event[at: names.source, "host"]?.string,
            ]
            return .string(parts.compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ", "))
        case "Message":
            return .string((event["message"] ?? event["note"])?.string?.trimmed() ?? "")
        default: return nil
        }
    }

    // MARK: - Counts

    @Sendable static func configMap(_ column: String, _ context: CellContext) -> Value? {
        column == "Data" ? .integer(members(context.object["data"]) + members(context.object["binaryData"])) : nil
    }

    @Sendable static func secret(_ column: String, _ context: CellContext) -> Value? {
        column == "Data" ? .integer(members(context.object["data"])) : nil
    }

    @Sendable static func serviceAccount(_ column: String, _ context: CellContext) -> Value? {
        column == "Secrets" ? .integer(Int64(context.object["secrets"]?.array?.count ?? 0)) : nil
    }

    private static func members(_ value: Value?) -> Int64 { Int64(value?.object?.count ?? 0) }
}

extension String {
    fileprivate func trimmed() -> String {
        var text = Substring(self)
        while text.first?.isWhitespace ?? false { text.removeFirst() }
        while text.last?.isWhitespace ?? false { text.removeLast() }
        return String(text)
    }
}
