extension Shape where T == String {
    public static var string: Shape<String> { string() }

    /// A string of at most `maxLength` characters; `pattern` goes into the schema, `check` says what is wrong with a value.
    public static func string(
        _ typeName: String = "string", maxLength: Int? = nil, minLength: Int? = nil, pattern: String? = nil,
        check: (@Sendable (String) -> String?)? = nil
    ) -> Shape<String> {
        Shape(
            typeName: typeName,
            schema: {
                var schema: Value = ["type": "string"]
                if let minLength { schema["minLength"] = .integer(Int64(minLength)) }
                if let maxLength { schema["maxLength"] = .integer(Int64(maxLength)) }
                if let pattern { schema["pattern"] = .string(pattern) }
                return schema
            },
            decode: { value, path, problems in
                guard let text = value.string else {
                    problems.wrongType(path, expected: "a string", found: value)
                    return nil
                }
                // As API servers count: code points, of which there are no more than bytes.
                if let maxLength, text.utf8.count > maxLength, text.unicodeScalars.count > maxLength {
                    problems.invalid(
                        path, "At most \(maxLength) characters are allowed, found \(text.unicodeScalars.count); shorten it.")
                    return nil
                }
                if let minLength, text.unicodeScalars.count < minLength {
                    problems.invalid(path, "The value must not be empty; write one or remove the field.")
                    return nil
                }
                if let wrong = check?(text) {
                    problems.invalid(path, wrong)
                    return nil
                }
                return text
            })
    }
}

extension Shape where T == Bool {
    public static var boolean: Shape<Bool> {
        Shape(typeName: "boolean", schema: { ["type": "boolean"] }) { value, path, problems in
            if value.bool == nil { problems.wrongType(path, expected: "true or false", found: value) }
            return value.bool
        }
    }
}

extension Shape where T == Int {
    public static func integer(_ range: ClosedRange<Int>, _ typeName: String = "integer") -> Shape<Int> {
        Shape(
            typeName: typeName,
            schema: {
                [
                    "type": "integer", "format": range.upperBound > Int(Int32.max) ? "int64" : "int32",
                    "minimum": .integer(Int64(range.lowerBound)), "maximum": .integer(Int64(range.upperBound)),
                ]
            },
            decode: { value, path, problems in
                guard let integer = value.integer else {
                    problems.wrongType(path, expected: "a whole number", found: value)
                    return nil
                }
                guard let small = Int(exactly: integer), range.contains(small) else {
                    problems.invalid(
                        path, "\(integer) is out of range; write a number from \(range.lowerBound) to \(range.upperBound).")
                    return nil
                }
                return small
            })
    }

    /// A TCP or UDP port.
    public static var port: Shape<Int> { integer(1...65535, "port") }
    /// Only ratios of weights count (Gateway API's range).
    public static var weight: Shape<Int> { integer(0...1_000_000, "weight") }
}

extension Shape where T: RawRepresentable & CaseIterable, T.RawValue == String {
    /// One of the enum's raw values. An unknown one is a problem, never a failure of the whole object: a newer version may have written it.
    public static func choice() -> Shape<T> {
        let values = T.allCases.map(\.rawValue)
        return Shape(
            typeName: values.joined(separator: " \\| "),
            schema: { ["type": "string", "enum": .array(values.map(Value.string))] },
            decode: { value, path, problems in
                guard let text = value.string else {
                    problems.wrongType(path, expected: "one of \(values.joined(separator: ", "))", found: value)
                    return nil
                }
                guard let known = T(rawValue: text) else {
                    let hint = nearest(to: text, among: values).map { " Did you mean \($0)?" } ?? ""
                    problems.invalid(path, "'\(text)' is not supported; use one of \(values.joined(separator: ", ")).\(hint)")
                    return nil
                }
                return known
            })
    }
}

extension Shape where T == Value {
    /// Any document, kept as it is (`x-kubernetes-preserve-unknown-fields`).
    public static func anything(_ typeName: String = "object") -> Shape<Value> {
        Shape(
            typeName: typeName, schema: { ["type": "object", "x-kubernetes-preserve-unknown-fields": true] },
            decode: { value, _, _ in value })
    }
}

extension Shape where T == Duration {
    /// A GEP-2257 duration: `1h30m`, `500ms`, `0s`.
    public static var duration: Shape<Duration> {
        Shape(
            typeName: "duration",
            // Four parts of five digits and two letters; API servers want the bound in so many words to reckon what a rule costs.
            schema: { ["type": "string", "maxLength": 28, "pattern": .string("^([0-9]{1,5}(h|m|s|ms)){1,4}$")] },
            decode: { value, path, problems in
                guard let text = value.string else {
                    problems.wrongType(path, expected: "a duration such as \"15s\"", found: value)
                    return nil
                }
                let duration = Scalars.duration(text)
                if duration == nil { problems.invalid(path, "'\(text)' is no duration; write one such as 500ms, 15s or 1h30m.") }
                return duration
            })
    }
}

extension Shape where T == Percentage {
    public static var percentage: Shape<Percentage> {
        Shape(
            typeName: "percentage",
            schema: {
                ["x-kubernetes-int-or-string": true, "pattern": .string("^(100(\\.0{1,2})?|[0-9]{1,2}(\\.[0-9]{1,2})?)$")]
            },
            decode: { value, path, problems in
                let text = value.string ?? value.integer.map { String($0) }
                guard let text, let percentage = Percentage(text) else {
                    problems.invalid(path, "Write a percentage from 0 to 100 with at most two decimals, such as 5 or \"99.5\".")
                    return nil
                }
                return percentage
            })
    }
}

// MARK: - Collections

extension Shape {
    /// A list; elements that cannot be used are left out, the others are kept in order.
    public static func list<E: Sendable>(_ element: Shape<E>, max: Int, keys: [String] = [], atomic: Bool = true) -> Shape<[E]>
    where T == [E] {
        Shape<[E]>(
            typeName: "list of \(element.typeName)",
            schema: {
                var schema: Value = ["type": "array", "maxItems": .integer(Int64(max)), "items": element.schema()]
                if !keys.isEmpty {
                    schema["x-kubernetes-list-type"] = "map"
                    schema["x-kubernetes-list-map-keys"] = .array(keys.map(Value.string))
                } else if atomic {
                    schema["x-kubernetes-list-type"] = "atomic"
                }
                return schema
            },
            fields: element.fields,
            decode: { value, path, problems in
                guard let elements = value.array else {
                    problems.wrongType(path, expected: "a list", found: value)
                    return nil
                }
                if elements.count > max {
                    problems.invalid(path, "At most \(max) elements are allowed, found \(elements.count); remove some.")
                }
                return elements.prefix(max).enumerated().compactMap { element.decode($1, path[$0], &problems) }
            },
            unpack: { reader in
                guard let count = reader.array() else {
                    reader.isFlawed = true
                    return nil
                }
                var elements: [E] = []
                elements.reserveCapacity(min(count, max))
                for _ in 0..<min(count, max) { if let read = element.unpack(&reader) { elements.append(read) } }
                if count > max {
                    reader.isFlawed = true
                    for _ in max..<count { reader.skip() }
                }
                return elements
            })
    }
}

extension Shape where T == [String: String] {
    /// A mapping of strings, such as labels.
    public static var strings: Shape<[String: String]> {
        Shape<[String: String]>(
            typeName: "map of string",
            schema: { ["type": "object", "additionalProperties": ["type": "string"]] },
            decode: { value, path, problems in
                guard let fields = value.object else {
                    problems.wrongType(path, expected: "a mapping of strings", found: value)
                    return nil
                }
                var map: [String: String] = [:]
                for (key, value) in fields.entries {
                    if let text = value.string {
                        map[key] = text
                    } else {
                        problems.wrongType(path[key], expected: "a string", found: value)
                    }
                }
                return map
            })
    }
}
