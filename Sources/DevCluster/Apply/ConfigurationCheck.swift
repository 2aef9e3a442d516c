import Documents

/// Whether an applied configuration fits its schema well enough to be merged: the right types, only known members, and elements of lists
/// that can be told apart (structured-merge-diff, typed/validate.go). Bounds and the like are checked on the merged object.
struct ConfigurationCheck {
    struct Problem: Equatable {
        var path: String
        var message: String
        var text: String { path.isEmpty ? message : "\(path): \(message)" }
    }

    private(set) var problems: [Problem] = []

    init(_ configuration: Value, _ schema: SchemaNode) { check(configuration, schema, []) }

    /// One line, or a list for people.
    var text: String {
        problems.count == 1 ? problems[0].text : (["errors:"] + problems.map { "  " + $0.text }).joined(separator: "\n")
    }

    private mutating func report(_ route: FieldRoute, _ message: String) {
        if problems.count < SchemaValidator.maximumProblems { problems.append(Problem(path: route.text, message: message)) }
    }

    private mutating func check(_ value: Value, _ schema: SchemaNode, _ route: FieldRoute) {
        guard hasDeclaredType(value, schema, route) else { return }
        switch value {
        case .object(let members):
            for (name, member) in members.entries {
                if let declared = schema.declared(name) {
                    check(member, declared, route + [.field(name)])
                } else {
                    report(route + [.field(name)], "field not declared in schema")
                }
            }
        case .array(let elements): check(elements, schema, route)
        default: break
        }
    }

    private mutating func check(_ elements: [Value], _ schema: SchemaNode, _ route: FieldRoute) {
        var seen: Set<PathElement> = []
        for (at, element) in elements.enumerated() {
            var step = PathElement.index(at)
            if let keys = schema.elementKeys {
                guard let identity = schema.identity(of: element, keys) else {
                    report(route, "element \(at): \(Self.complaint(element, keys))")
                    continue
                }
                if !seen.insert(identity).inserted { report(route, "duplicate entries for key \(identity)") }
                step = identity
            }
            check(element, schema.element, route + [step])
        }
    }

    private static func complaint(_ element: Value, _ keys: [String]) -> String {
        if keys.isEmpty { return "a set holds scalars, found \(element.kindName)" }
        if element.object == nil { return "an element of a list map must be an object, found \(element.kindName)" }
        let names = keys.map { "\"\($0)\"" }.joined(separator: " ")
        return
            "associative list with keys has an element that omits all key fields [\(names)] (and doesn't have default values for any key fields)"
    }

    private mutating func hasDeclaredType(_ value: Value, _ schema: SchemaNode, _ route: FieldRoute) -> Bool {
        guard !value.isNull, !schema.isIntOrString else { return true }
        let type = schema.type ?? (schema.properties != nil ? "object" : "")
        let fits =
            switch type {
            case "object": value.object != nil
            case "array": value.array != nil
            case "string": value.string != nil
            case "boolean": value.bool != nil
            case "integer", "number": value.number != nil
            default: true
            }
        if !fits { report(route, "expected \(Self.name(type)), got \(value.kindName)") }
        return fits
    }

    private static func name(_ type: String) -> String {
        switch type {
        case "object": "map"
        case "array": "list"
        case "integer", "number": "numeric (int or float)"
        default: type
        }
    }
}
