/// A JSON or YAML document as a tree.
///
/// Objects keep the order in which their keys were written, because users compare what they wrote with what they get back
/// (`kubectl get -o yaml`, golden files). Equality ignores that order, as JSON does. Integers that fit are kept exact:
/// a resourceVersion or a port must never become 8080.0.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([Value])
    case object(Fields)
}

extension Value {
    /// The members of an object, in order, with keyed access.
    public struct Fields: Sendable {
        public private(set) var entries: [(key: String, value: Value)]
        /// Key to position; built only for objects large enough that a scan would cost more.
        private var index: [String: Int]?

        private static let indexedFrom = 12

        public init() { entries = [] }

        /// Later duplicates replace earlier ones, as every JSON library that Kubernetes uses does.
        public init(_ pairs: some Sequence<(String, Value)>) {
            entries = []
            for (key, value) in pairs { self[key] = value }
        }

        /// - Parameter entries: of different keys.
        init(unique entries: [(key: String, value: Value)]) {
            self.entries = entries
            rebuildIndexIfLarge()
        }

        mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

        public var count: Int { entries.count }
        public var isEmpty: Bool { entries.isEmpty }
        public var keys: [String] { entries.map(\.key) }

        public subscript(_ key: String) -> Value? {
            get { position(of: key).map { entries[$0].value } }
            set {
                if let newValue {
                    if let at = position(of: key) { entries[at].value = newValue } else { append(key, newValue) }
                } else {
                    remove(key)
                }
            }
        }

        @discardableResult
        public mutating func remove(_ key: String) -> Value? {
            guard let at = position(of: key) else { return nil }
            let removed = entries.remove(at: at).value
            index = nil
            rebuildIndexIfLarge()
            return removed
        }

        /// Changes the member in place without copying it; a missing member is passed as nil and stays missing if left nil.
        public mutating func update(_ key: String, _ body: (inout Value?) throws -> Void) rethrows {
            var value = self[key]
            if let at = position(of: key) { entries[at].value = .null }
            try body(&value)
            self[key] = value
        }

        private func position(of key: String) -> Int? {
            if let index { return index[key] }
            return entries.firstIndex { $0.key == key }
        }

        private mutating func append(_ key: String, _ value: Value) {
            entries.append((key, value))
            if index != nil { index?[key] = entries.count - 1 } else { rebuildIndexIfLarge() }
        }

        private mutating func rebuildIndexIfLarge() {
            guard entries.count >= Self.indexedFrom else { return }
            index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.key, $0) })
        }
    }
}

// MARK: - Reading

extension Value {
    public var string: String? { if case .string(let s) = self { s } else { nil } }
    public var bool: Bool? { if case .bool(let b) = self { b } else { nil } }
    public var array: [Value]? { if case .array(let a) = self { a } else { nil } }
    public var object: Fields? { if case .object(let o) = self { o } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }

    /// A whole number, also when it was written as 1.0 or 1e3.
    public var integer: Int64? {
        switch self {
        case .integer(let i): i
        case .number(let d): Int64(exactly: d)
        default: nil
        }
    }

    public var number: Double? {
        switch self {
        case .integer(let i): Double(i)
        case .number(let d): d
        default: nil
        }
    }

    /// The member of an object; nil when this is no object or has no such member.
    public subscript(_ key: String) -> Value? {
        get { object?[key] }
        set {
            var fields = object ?? Fields()
            self = .null
            fields[key] = newValue
            self = .object(fields)
        }
    }

    /// The value at a path of member names, such as `object[at: "metadata", "labels"]`.
    public subscript(at path: String...) -> Value? {
        var value = self
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value
    }

    /// "string", "object", …: what an error message calls this.
    public var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

// MARK: - Equatable

extension Value: Equatable {
    // Inlined into the comparison of objects it stops Swift 6.3.1's optimizer with an assertion.
    @inline(never)
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.string(let x), .string(let y)): x == y
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): x == y
        case (.integer(let x), .integer(let y)): x == y
        case (.integer, .number), (.number, .integer), (.number, .number): a.number == b.number
        default: false
        }
    }
}

extension Value.Fields: Equatable {
    public static func == (a: Self, b: Self) -> Bool {
        guard a.count == b.count else { return false }
        for entry in a.entries {
            guard let other = b[entry.key], other == entry.value else { return false }
        }
        return true
    }
}

// MARK: - Literals

extension Value: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(arrayLiteral elements: Value...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) { self = .object(Fields(elements)) }
}
