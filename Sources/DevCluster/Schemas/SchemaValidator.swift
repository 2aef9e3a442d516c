import Documents

/// Holds an object against an OpenAPI v3 schema, as an API server does for structural schemas. CEL rules are not evaluated.
///
/// Unknown members are no problem here: `Pruning` removes and names them.
enum SchemaValidator {
    /// A hostile object must not cost more complaints than anybody reads.
    static let maximumProblems = 100

    static func problems(_ object: Value, _ schema: Value) -> [SchemaProblem] {
        var run = ValidationRun()
        run.check(object, SchemaNode(schema), "")
        return run.problems
    }
}

/// One object on its way through its schema.
struct ValidationRun {
    private(set) var problems: [SchemaProblem] = []

    private mutating func report(_ problem: SchemaProblem) {
        if problems.count < SchemaValidator.maximumProblems { problems.append(problem) }
    }

    mutating func check(_ value: Value, _ schema: SchemaNode, _ path: String) {
        if value.isNull {
            if !schema.isNullable, let type = schema.type { report(.wrongType(path, value, expected: type)) }
            return
        }
        guard hasDeclaredType(value, schema, path) else { return }
        checkEnum(value, schema, path)
        switch value {
        case .string(let text): checkString(text, schema, path)
        case .integer, .number: checkNumber(value, schema, path)
        case .array(let elements): checkArray(elements, schema, path)
        case .object(let members): checkObject(members, schema, path)
        case .null, .bool: break
        }
        checkCombinations(value, schema, path)
    }

    // MARK: - Types

    private mutating func hasDeclaredType(_ value: Value, _ schema: SchemaNode, _ path: String) -> Bool {
        if schema.isIntOrString {
            if case .string = value { return true }
            if value.integer != nil { return true }
            report(.wrongType(path, value, expected: "integer,string"))
            return false
        }
        guard let type = schema.type else { return true }
        let fits =
            switch type {
            case "integer": value.integer != nil
            case "number": value.number != nil
            default: value.kindName == type
            }
        if !fits { report(.wrongType(path, value, expected: type)) }
        return fits
    }

    private mutating func checkEnum(_ value: Value, _ schema: SchemaNode, _ path: String) {
        let allowed = schema.list("enum")
        guard !allowed.isEmpty, !allowed.contains(value) else { return }
        report(.unsupported(path, value, supported: allowed))
    }

    // MARK: - Scalars

    private mutating func checkString(_ text: String, _ schema: SchemaNode, _ path: String) {
        // Lengths count code points, as JSON Schema says.
        let length = Int64(text.unicodeScalars.count)
        if let most = schema.value["maxLength"]?.integer, length > most { report(.tooLong(path, maximum: most)) }
        if let least = schema.value["minLength"]?.integer, length < least {
            report(.invalid(path, .string(text), "\(path) in body should be at least \(least) chars long"))
        }
        if let pattern = schema.value["pattern"]?.string, !SchemaPatterns.matches(text, pattern) {
            report(.invalid(path, .string(text), "\(path) in body should match '\(pattern)'"))
        }
        if !schema.isIntOrString, let format = schema.value["format"]?.string, !StringFormats.accepts(text, format) {
            report(.invalid(path, .string(text), "\(path) in body must be of type \(format): \(Value.string(text).jsonText)"))
        }
    }

    private mutating func checkNumber(_ value: Value, _ schema: SchemaNode, _ path: String) {
        guard let number = value.number else { return }
        if let least = schema.value["minimum"]?.number {
            let isExclusive = schema.flag("exclusiveMinimum")
            if number < least || (isExclusive && number == least) {
                let words = isExclusive ? "greater than" : "greater than or equal to"
                report(.invalid(path, value, "\(path) in body should be \(words) \(Value.number(least).jsonText)"))
            }
        }
        if let most = schema.value["maximum"]?.number {
            let isExclusive = schema.flag("exclusiveMaximum")
            if number > most || (isExclusive && number == most) {
                let words = isExclusive ? "less than" : "less than or equal to"
                report(.invalid(path, value, "\(path) in body should be \(words) \(Value.number(most).jsonText)"))
            }
        }
        if let step = schema.value["multipleOf"]?.number, step > 0 {
            let quotient = number / step
            if quotient != quotient.rounded() {
                report(.invalid(path, value, "\(path) in body should be a multiple of \(Value.number(step).jsonText)"))
            }
        }
        if schema.value["format"]?.string == "int32", let integer = value.integer, Int32(exactly: integer) == nil {
            report(.invalid(path, value, "\(path) in body must be of type int32: \"int64\"", reason: .type))
        }
    }

    // MARK: - Arrays

    private mutating func checkArray(_ elements: [Value], _ schema: SchemaNode, _ path: String) {
        let count = Int64(elements.count)
        if let most = schema.value["maxItems"]?.integer, count > most {
            report(.tooMany(path, count: elements.count, maximum: most))
            // What is far too long is not looked at element by element.
            return
        }
        if let least = schema.value["minItems"]?.integer, count < least {
            report(.invalid(path, .integer(count), "\(path) in body should have at least \(least) items"))
        }
        if let items = schema.items {
            for (i, element) in elements.enumerated() { check(element, items, "\(path)[\(i)]") }
        }
        checkUniqueness(elements, schema, path)
    }

    private mutating func checkUniqueness(_ elements: [Value], _ schema: SchemaNode, _ path: String) {
        var seen: Set<String> = []
        switch schema.listType {
        case "map":
            for (i, element) in elements.enumerated() where element.object != nil {
                let key = Self.mapKey(element, schema)
                if !seen.insert(key.jsonText).inserted { report(.duplicate("\(path)[\(i)]", key)) }
            }
        case "set":
            for (i, element) in elements.enumerated() where !seen.insert(element.jsonText).inserted {
                report(.duplicate("\(path)[\(i)]", element))
            }
        default:
            if schema.flag("uniqueItems"), Set(elements.map(\.jsonText)).count < elements.count {
                report(.invalid(path, .array(elements), "\(path) in body shouldn't contain duplicates"))
            }
        }
    }

    /// The members that identify an element of a list map, with their defaults where the element leaves them out.
    static func mapKey(_ element: Value, _ schema: SchemaNode) -> Value {
        let pairs = schema.listMapKeys.compactMap { name -> (String, Value)? in
            (element[name] ?? schema.items?.member(name)?.value["default"]).map { (name, $0) }
        }
        return .object(Value.Fields(pairs))
    }

    // MARK: - Objects

    private mutating func checkObject(_ members: Value.Fields, _ schema: SchemaNode, _ path: String) {
        if let most = schema.value["maxProperties"]?.integer, members.count > most {
            report(.tooMany(path, count: members.count, maximum: most))
        }
        if let least = schema.value["minProperties"]?.integer, members.count < least {
            report(.invalid(path, .object(members), "\(path) in body should have at least \(least) properties"))
        }
        for name in schema.list("required").compactMap(\.string) where members[name] == nil {
            report(.required(child(path, name)))
        }
        for entry in members.entries {
            guard let member = schema.member(entry.key) else { continue }
            check(entry.value, member, child(path, entry.key))
        }
    }

    // MARK: - Combinations

    private mutating func checkCombinations(_ value: Value, _ schema: SchemaNode, _ path: String) {
        for part in schema.list("allOf") { check(value, SchemaNode(part), path) }
        let anyOf = schema.list("anyOf")
        if !anyOf.isEmpty, !anyOf.contains(where: { accepts(value, $0, path) }) {
            report(.invalid(path, value, "\(path) in body must validate at least one schema (anyOf)"))
        }
        let oneOf = schema.list("oneOf")
        let valid = oneOf.count { accepts(value, $0, path) }
        if !oneOf.isEmpty, valid != 1 {
            let found = valid == 0 ? "Found none valid" : "Found \(valid) valid alternatives"
            report(.invalid(path, value, "\(path) in body must validate one and only one schema (oneOf). \(found)"))
        }
        if let not = schema.value["not"], not.object != nil, accepts(value, not, path) {
            report(.invalid(path, value, "\(path) in body must not validate the schema (not)"))
        }
    }

    private func accepts(_ value: Value, _ schema: Value, _ path: String) -> Bool {
        var trial = ValidationRun()
        trial.check(value, SchemaNode(schema), path)
        return trial.problems.isEmpty
    }
}
