/// A declaration of one kind of value, read three ways: it decodes documents, it is the CRD's schema, and it is the reference page.
///
/// Documents are decoded from trees, which can say where a problem is, or without one from their packed form, which says only that there
/// is one. Both come to the same value.
///
/// Decoding is total. What cannot be used is reported and left out (nil); the caller's default then stands.
public struct Shape<T: Sendable>: Sendable {
    /// OpenAPI v3 structural schema.
    public let schema: @Sendable () -> Value
    /// How the reference names the type: "string", "list of Rule".
    public let typeName: String
    /// The declared fields of the object (or of the elements, for a list of objects), for the reference page.
    public let fields: @Sendable () -> [FieldDoc]
    let decode: @Sendable (Value, FieldPath, inout FieldProblems) -> T?
    let unpack: @Sendable (inout PackedReader) -> T?

    public init(
        typeName: String, schema: @escaping @Sendable () -> Value, fields: @escaping @Sendable () -> [FieldDoc] = { [] },
        decode: @escaping @Sendable (Value, FieldPath, inout FieldProblems) -> T?
    ) {
        self.init(typeName: typeName, schema: schema, fields: fields, decode: decode) { reader in
            var problems = FieldProblems()
            let read = decode(reader.value(), .somewhere, &problems)
            if !problems.all.isEmpty { reader.isFlawed = true }
            return read
        }
    }

    /// - Parameter unpack: passes one value, and sets `isFlawed` where `decode` would report a problem.
    init(
        typeName: String, schema: @escaping @Sendable () -> Value, fields: @escaping @Sendable () -> [FieldDoc],
        decode: @escaping @Sendable (Value, FieldPath, inout FieldProblems) -> T?,
        unpack: @escaping @Sendable (inout PackedReader) -> T?
    ) {
        self.typeName = typeName
        self.schema = schema
        self.fields = fields
        self.decode = decode
        self.unpack = unpack
    }

    /// Reads a value; problems are added to `problems` with paths below `path`.
    ///
    /// Where everything is in order, as it nearly always is, no path is made: only what has a problem is read again, for its places.
    public func read(_ value: Value, at path: FieldPath = .root, into problems: inout FieldProblems) -> T? {
        var unplaced = FieldProblems()
        let read = decode(value, .somewhere, &unplaced)
        return unplaced.all.isEmpty ? read : decode(value, path, &problems)
    }

    /// Reads a packed document without a tree of it.
    ///
    /// - Parameter isFlawed: becomes true where `read` would have a problem to report.
    public func read(_ document: Packed, isFlawed: inout Bool) -> T? {
        var reader = document.reader
        defer { isFlawed = isFlawed || reader.isFlawed }
        return unpack(&reader)
    }
}

/// One line of a reference page.
public struct FieldDoc: Sendable {
    public var name: String
    public var typeName: String
    public var doc: String
    public var isRequired: Bool
    public var children: @Sendable () -> [FieldDoc]
}

// MARK: - Objects

/// A member of an object: its name, where it is kept, its shape and its documentation, said once.
public struct Field<Root: Sendable>: Sendable {
    let doc: FieldDoc
    let schema: @Sendable () -> Value
    let read: @Sendable (Value?, FieldPath, inout FieldProblems, inout Root) -> Void
    let unpack: @Sendable (inout PackedReader, inout Root) -> Void

    /// A member with a default: absent or unusable, the root's initial value stands.
    public init<T>(
        _ name: String, _ member: any WritableKeyPath<Root, T> & Sendable, _ shape: Shape<T>, required: Bool = false,
        _ doc: String
    ) {
        self.init(name, shape, required, doc) { $0[keyPath: member] = $1 }
    }

    /// An optional member: absent or unusable, it is nil.
    public init<T>(
        _ name: String, _ member: any WritableKeyPath<Root, T?> & Sendable, _ shape: Shape<T>, required: Bool = false,
        _ doc: String
    ) {
        self.init(name, shape, required, doc) { $0[keyPath: member] = $1 }
    }

    private init<T>(
        _ name: String, _ shape: Shape<T>, _ required: Bool, _ doc: String, store: @escaping @Sendable (inout Root, T) -> Void
    ) {
        self.doc = FieldDoc(name: name, typeName: shape.typeName, doc: doc, isRequired: required, children: shape.fields)
        self.schema = {
            var schema = shape.schema()
            schema["description"] = .string(doc)
            return schema
        }
        self.read = { value, path, problems, root in
            guard let value, !value.isNull else {
                if required {
                    problems.report(FieldProblem(.error, .missing, path[name], "The field '\(name)' is required; add it."))
                }
                return
            }
            if let read = shape.decode(value, path[name], &problems) { store(&root, read) }
        }
        self.unpack = { reader, root in
            if let read = shape.unpack(&reader) { store(&root, read) }
        }
    }
}

extension Shape {
    /// An object with the given members. `ignoring` names members that others own (such as `status`); an `isOpen` object is
    /// declared only in part (the built-in kinds, which their API server validates), so unknown members are no mistake.
    public static func object(
        _ typeName: String, _ empty: T, ignoring: Set<String> = [], isOpen: Bool = false, _ fields: [Field<T>],
        check: (@Sendable (T, FieldPath, inout FieldProblems) -> Void)? = nil
    ) -> Shape<T> {
        let names = fields.map(\.doc.name)
        // One closure that holds all: to hold them in an array, their type would have to be looked up for each object.
        let read = fields.reduce({ @Sendable (_: Value.Fields, _: FieldPath, _: inout FieldProblems, _: inout T) in }) {
            before, field in
            let (name, read) = (field.doc.name, field.read)
            return { members, path, problems, root in
                before(members, path, &problems, &root)
                read(members[name], path, &problems, &root)
            }
        }
        let known = Set(names).union(ignoring)
        let members = Members(fields, ignoring: isOpen ? nil : ignoring)
        return Shape(
            typeName: typeName,
            schema: {
                var schema: Value = ["type": "object"]
                let required = fields.filter(\.doc.isRequired).map { Value.string($0.doc.name) }
                if !required.isEmpty { schema["required"] = .array(required) }
                schema["properties"] = .object(Value.Fields(fields.map { ($0.doc.name, $0.schema()) }))
                return schema
            },
            fields: { fields.map(\.doc) },
            decode: { value, path, problems in
                guard case .object(let written) = value else {
                    problems.wrongType(path, expected: "an object", found: value)
                    return nil
                }
                if !isOpen {
                    for (key, _) in written.entries where !known.contains(key) {
                        if problems.isFull { break }
                        let hint = nearest(to: key, among: names).map { "; did you mean '\($0)'?" } ?? "; remove it."
                        problems.report(
                            FieldProblem(.warning, .unknownField, path[key], "Unknown field '\(key)' has no effect\(hint)"))
                    }
                }
                var root = empty
                read(written, path, &problems, &root)
                check?(root, path, &problems)
                return root
            },
            unpack: { reader in
                guard let count = reader.object() else {
                    reader.isFlawed = true
                    return nil
                }
                var root = empty
                members.read(count, &reader, &root)
                if let check {
                    var problems = FieldProblems()
                    check(root, .somewhere, &problems)
                    if !problems.all.isEmpty { reader.isFlawed = true }
                }
                return root
            })
    }

    /// The same declaration with a rule that API servers evaluate (`x-kubernetes-validations`): the expression is CEL, in which `self`
    /// is the value, and the message says what to do where it is false. Decoding does not evaluate it: whoever decodes must refuse the
    /// same (`e2e/definitions` compares both).
    public func rule(_ expression: String, _ message: String) -> Shape<T> {
        let rule: Value = ["rule": .string(expression), "message": .string(message)]
        let schema = self.schema
        return Shape(
            typeName: typeName,
            schema: {
                var s = schema()
                s["x-kubernetes-validations"] = .array((s["x-kubernetes-validations"]?.array ?? []) + [rule])
                return s
            },
            fields: fields, decode: decode, unpack: unpack)
    }

    /// The same with several rules.
    public func rules(_ rules: [(expression: String, message: String)]) -> Shape<T> {
        rules.reduce(self) { $0.rule($1.expression, $1.message) }
    }

    /// The same declaration with a further schema keyword, such as a list type.
    public func with(_ keyword: String, _ value: Value) -> Shape<T> {
        let schema = self.schema
        return Shape(
            typeName: typeName,
            schema: {
                var s = schema()
                s[keyword] = value
                return s
            },
            fields: fields, decode: decode, unpack: unpack)
    }
}
