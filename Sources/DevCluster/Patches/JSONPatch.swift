import Documents

/// JSON patch (RFC 6902): a list of operations of which all or none take effect.
enum JSONPatch {
    /// What Kubernetes accepts in one patch.
    static let maximumOperations = 10_000

    static func apply(_ patch: Value, to target: Value) throws(PatchError) -> Value {
        guard let operations = patch.array else {
            throw .malformed("a JSON patch is a list of operations, found \(patch.kindName)")
        }
        guard operations.count <= maximumOperations else {
            throw .malformed("the allowed maximum operations in a JSON patch is \(maximumOperations), got \(operations.count)")
        }
        var document = target
        for operation in operations { document = try perform(operation, on: document) }
        return document
    }

    private static func perform(_ operation: Value, on document: Value) throws(PatchError) -> Value {
        guard let verb = operation["op"]?.string else { throw .malformed("an operation of a JSON patch needs \"op\"") }
        let path = try pointer(operation, "path")
        switch verb {
        case "add":
            return try edit(document, path.tokens[...], .add(try value(of: operation)), path)
        case "replace":
            return try edit(document, path.tokens[...], .replace(try value(of: operation)), path)
        case "remove":
            return try edit(document, path.tokens[...], .remove, path)
        case "test":
            let expected = try value(of: operation)
            // A test of null succeeds on an absent member, as it does in the library that Kubernetes uses.
            let found = expected.isNull ? (try? part(of: document, path)) ?? .null : try part(of: document, path)
            guard found == expected else { throw .unfit("testing value \(path.text) failed") }
            return document
        case "copy":
            let copied = try part(of: document, try pointer(operation, "from"))
            return try edit(document, path.tokens[...], .add(copied), path)
        case "move":
            let from = try pointer(operation, "from")
            guard !from.isProperPrefix(of: path) else {
                throw .unfit("\(from.text) cannot be moved into itself, to \(path.text)")
            }
            let moved = try part(of: document, from)
            return try edit(try edit(document, from.tokens[...], .remove, from), path.tokens[...], .add(moved), path)
        default:
            throw .malformed("unexpected kind of operation in a JSON patch: \"\(verb)\"")
        }
    }

    private static func pointer(_ operation: Value, _ member: String) throws(PatchError) -> JSONPointer {
        guard let text = operation[member]?.string else { throw .malformed("an operation of a JSON patch needs \"\(member)\"") }
        return try JSONPointer(text)
    }

    private static func value(of operation: Value) throws(PatchError) -> Value {
        guard let value = operation["value"] else { throw .malformed("an operation of a JSON patch needs \"value\"") }
        return value
    }

    // MARK: - Walking

    private enum Change {
        case add(Value), replace(Value), remove
    }

    private static func part(of document: Value, _ path: JSONPointer) throws(PatchError) -> Value {
        var part = document
        for token in path.tokens {
            switch part {
            case .object(let members):
                guard let member = members[token] else { throw missing(path) }
                part = member
            case .array(let elements):
                part = elements[try index(token, below: elements.count, path)]
            default: throw missing(path)
            }
        }
        return part
    }

    private static func edit(
        _ value: Value, _ tokens: ArraySlice<String>, _ change: Change, _ path: JSONPointer
    ) throws(PatchError) -> Value {
        guard let token = tokens.first else {
            switch change {
            case .add(let new), .replace(let new): return new
            case .remove: throw .unfit("the whole document cannot be removed")
            }
        }
        switch value {
        case .object(var members):
            members[token] = try edited(members[token], tokens, change, path)
            return .object(members)
        case .array(let elements):
            return .array(try edit(elements, token, tokens, change, path))
        default: throw missing(path)
        }
    }

    /// What the member becomes; nil to leave it out.
    private static func edited(
        _ member: Value?, _ tokens: ArraySlice<String>, _ change: Change, _ path: JSONPointer
    ) throws(PatchError) -> Value? {
        if tokens.count == 1, case .add(let new) = change { return new }
        guard let member else { throw missing(path) }
        guard tokens.count == 1 else { return try edit(member, tokens.dropFirst(), change, path) }
        if case .replace(let new) = change { return new }
        return nil
    }

    private static func edit(
        _ elements: [Value], _ token: String, _ tokens: ArraySlice<String>, _ change: Change, _ path: JSONPointer
    ) throws(PatchError) -> [Value] {
        var elements = elements
        if tokens.count == 1, case .add(let new) = change {
            let at = token == "-" ? elements.count : try index(token, below: elements.count + 1, path)
            elements.insert(new, at: at)
            return elements
        }
        let at = try index(token, below: elements.count, path)
        if tokens.count > 1 {
            elements[at] = try edit(elements[at], tokens.dropFirst(), change, path)
        } else if case .replace(let new) = change {
            elements[at] = new
        } else {
            elements.remove(at: at)
        }
        return elements
    }

    /// RFC 6901 section 4: digits without a superfluous zero.
    private static func index(_ token: String, below limit: Int, _ path: JSONPointer) throws(PatchError) -> Int {
        let isNumber =
            !token.isEmpty && token.utf8.allSatisfy { (48...57).contains($0) } && (token == "0" || !token.hasPrefix("0"))
        guard isNumber, let index = Int(token) else { throw .unfit("\"\(token)\" in \(path.text) is no index of a list") }
        guard index < limit else { throw .unfit("the index in \(path.text) is out of bounds") }
        return index
    }

    private static func missing(_ path: JSONPointer) -> PatchError { .unfit("nothing is at \(path.text)") }
}
