import Documents

/// One step from a value to a part of it, as `metadata.managedFields` names it (KEP-555, FieldsV1).
enum PathElement: Hashable, Comparable, Sendable {
    /// A member of an object.
    case field(String)
    /// The element of a list map that has these members.
    case key(ListKey)
    /// The element of a set that is this value.
    case value(Scalar)
    /// A place in a list. Never made here, because such lists are owned as a whole; read from what others wrote.
    case index(Int)
}

/// The members that identify an element of a list map, ordered by name.
struct ListKey: Hashable, Comparable, Sendable {
    struct Member: Hashable, Comparable, Sendable {
        var name: String
        var value: Scalar

        static func < (a: Self, b: Self) -> Bool { a.name == b.name ? a.value < b.value : a.name < b.name }
    }

    let members: [Member]

    init(_ members: [Member]) { self.members = members.sorted { $0.name < $1.name } }

    static func < (a: Self, b: Self) -> Bool { a.members.lexicographicallyPrecedes(b.members) }
}

/// A value without parts. `1` and `1.0` are the same.
enum Scalar: Hashable, Comparable, Sendable {
    case integer(Int64)
    case number(Double)
    case string(String)
    case bool(Bool)
    case null

    /// Nil for lists and objects.
    init?(_ value: Value) {
        switch value {
        case .integer(let integer): self = .integer(integer)
        case .number(let number): self = Int64(exactly: number).map(Scalar.integer) ?? .number(number)
        case .string(let text): self = .string(text)
        case .bool(let flag): self = .bool(flag)
        case .null: self = .null
        case .array, .object: return nil
        }
    }

    var plain: Value {
        switch self {
        case .integer(let integer): .integer(integer)
        case .number(let number): .number(number)
        case .string(let text): .string(text)
        case .bool(let flag): .bool(flag)
        case .null: .null
        }
    }

    /// Numbers, then strings, then booleans, then null (structured-merge-diff, value.Compare).
    private var rank: Int {
        switch self {
        case .integer, .number: 0
        case .string: 1
        case .bool: 2
        case .null: 3
        }
    }

    static func < (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): x < y
        case (.integer(let x), .number(let y)): Double(x) < y
        case (.number(let x), .integer(let y)): x < Double(y)
        case (.number(let x), .number(let y)): x < y
        case (.string(let x), .string(let y)): x < y
        case (.bool(let x), .bool(let y)): !x && y
        default: a.rank < b.rank
        }
    }
}

// MARK: - For people

extension PathElement: CustomStringConvertible {
    /// As conflicts name it: `.spec`, `[name="web"]`, `[="finalizer"]`, `[0]`.
    var description: String {
        switch self {
        case .field(let name): ".\(name)"
        case .key(let key):
            "[\(key.members.map { "\($0.name)=\($0.value.plain.jsonText)" }.joined(separator: ","))]"
        case .value(let scalar): "[=\(scalar.plain.jsonText)]"
        case .index(let index): "[\(index)]"
        }
    }
}

/// From an object to one of its fields.
typealias FieldRoute = [PathElement]

extension [PathElement] {
    /// `.spec.template.spec.containers[name="web"].image`
    var text: String { map(\.description).joined() }
}

// MARK: - FieldsV1

extension PathElement {
    /// A kind of element that a later version of the format may know.
    struct Unknown: Error {}

    /// The key of a FieldsV1 object: `f:NAME`, `k:{…}`, `v:VALUE` or `i:INDEX`.
    var fieldsV1: String {
        switch self {
        case .field(let name): "f:" + name
        case .key(let key):
            "k:" + Value.object(Value.Fields(key.members.map { ($0.name, $0.value.plain) })).jsonText
        case .value(let scalar): "v:" + scalar.plain.jsonText
        case .index(let index): "i:\(index)"
        }
    }

    /// - Throws: `Unknown` for a prefix that nobody knows yet, `FieldsV1Error` for text that is no path element.
    init(fieldsV1 text: String) throws {
        let body = text.dropFirst(2)
        switch text.prefix(2) {
        case "f:": self = .field(String(body))
        case "k:": self = .key(try Self.key(String(body), text))
        case "v:":
            guard let value = try? Value(json: String(body)), let scalar = Scalar(value) else {
                throw FieldsV1Error("\(text) names no value of a set")
            }
            self = .value(scalar)
        case "i:":
            guard let index = Int(body) else { throw FieldsV1Error("\(text) names no place in a list") }
            self = .index(index)
        default:
            guard text.utf8.count >= 2, text.utf8.dropFirst().first == UInt8(ascii: ":") else {
                throw FieldsV1Error("\(text) is no path element: it has no prefix such as f:")
            }
            throw Unknown()
        }
    }

    private static func key(_ body: String, _ text: String) throws -> ListKey {
        guard let members = try? Value(json: body).object else { throw FieldsV1Error("\(text) names no element of a list map") }
        return ListKey(
            try members.entries.map { name, value in
                guard let scalar = Scalar(value) else { throw FieldsV1Error("\(text) has a key that is no scalar: \(name)") }
                return ListKey.Member(name: name, value: scalar)
            })
    }
}

/// Why a text is no FieldsV1.
struct FieldsV1Error: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
