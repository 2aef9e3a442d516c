import Documents

/// How a manager wrote its fields.
enum ManagerOperation: String, Sendable {
    case apply = "Apply"
    /// Create, update and every patch but apply.
    case update = "Update"
}

/// One writer of an object. Appliers are the same through all versions of the API; updaters are told apart by the version they wrote.
struct ManagerIdentity: Hashable, Sendable {
    var name: String
    var operation: ManagerOperation
    /// Empty for appliers.
    var apiVersion: String
    /// "status", "scale" or empty.
    var subresource: String

    init(_ name: String, _ operation: ManagerOperation, apiVersion: String, subresource: String) {
        self.name = name.isEmpty ? "unknown" : name
        self.operation = operation
        self.apiVersion = operation == .apply ? "" : apiVersion
        self.subresource = subresource
    }
}

/// `metadata.managedFields`: who owns which fields of an object.
struct ManagedFields: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        /// The version in which `fields` are named.
        var apiVersion: String
        /// RFC 3339; nil when whoever wrote the entry left it out.
        var time: String?
        var fields: FieldSet
    }

    private(set) var entries: [ManagerIdentity: Entry] = [:]

    var isEmpty: Bool { entries.isEmpty }

    /// Setting an entry without fields removes it: who owns nothing is no manager.
    subscript(_ manager: ManagerIdentity) -> Entry? {
        get { entries[manager] }
        set { entries[manager] = newValue?.fields.isEmpty == true ? nil : newValue }
    }

    /// In the order in which they are written: by operation, time and name.
    var managers: [ManagerIdentity] {
        entries.sorted { a, b in
            let (x, y) = (Self.order(a), Self.order(b))
            return x.lexicographicallyPrecedes(y)
        }.map(\.key)
    }

    private static func order(_ entry: (key: ManagerIdentity, value: Entry)) -> [String] {
        [
            entry.key.operation.rawValue, entry.value.time ?? "", entry.key.name, entry.value.apiVersion, entry.key.subresource,
        ]
    }

    /// Whether only the times differ, if anything.
    func hasSameFields(as other: ManagedFields) -> Bool {
        entries.count == other.entries.count
            && entries.allSatisfy { manager, entry in
                let old = other.entries[manager]
                return old?.apiVersion == entry.apiVersion && old?.fields == entry.fields
            }
    }

    // MARK: - The most updaters

    /// How many updaters an object remembers (k8s.io/apimachinery, DefaultMaxUpdateManagers).
    static let maximumUpdaters = 10
    static let bucket = "ancient-changes"

    /// Puts the oldest updaters together while there are too many, each version into a bucket of its own.
    mutating func forgetOldUpdaters() {
        let updaters = managers.filter { $0.operation == .update }
        var count = updaters.count
        guard count > Self.maximumUpdaters else { return }
        var firsts: [String: ManagerIdentity] = [:]
        for manager in updaters where count > Self.maximumUpdaters {
            guard let entry = entries[manager] else { continue }
            guard let first = firsts[entry.apiVersion] else {
                firsts[entry.apiVersion] = manager
                continue
            }
            let bucket = ManagerIdentity(Self.bucket, .update, apiVersion: entry.apiVersion, subresource: "")
            if entries[bucket] == nil { entries[bucket] = entries.removeValue(forKey: first) }
            guard manager != bucket else { continue }
            let before = entries[bucket]?.fields ?? FieldSet()
            entries[bucket] = Entry(apiVersion: entry.apiVersion, time: entry.time, fields: before.union(entry.fields))
            entries[manager] = nil
            count -= 1
        }
    }
}

// MARK: - In metadata

extension ManagedFields {
    /// Why a client's managedFields cannot be read: a sentence.
    struct Unreadable: Error, Equatable {
        let message: String
    }

    init(reading list: Value?) throws(Unreadable) {
        for value in list?.array ?? [] {
            guard let operation = ManagerOperation(rawValue: value["operation"]?.string ?? "") else {
                throw Unreadable(message: "operation must be `Apply` or `Update`")
            }
            guard let apiVersion = value["apiVersion"]?.string, !apiVersion.isEmpty else {
                throw Unreadable(message: "apiVersion must not be empty")
            }
            guard value["fieldsType"] == "FieldsV1" else { throw Unreadable(message: "fieldsType must be `FieldsV1`") }
            let manager = ManagerIdentity(
                value["manager"]?.string ?? "", operation, apiVersion: apiVersion, subresource: value["subresource"]?.string ?? ""
            )
            do throws(FieldsV1Error) {
                let fields = try FieldSet(fieldsV1: value["fieldsV1"] ?? [:])
                entries[manager] = Entry(apiVersion: apiVersion, time: value["time"]?.string, fields: fields)
            } catch {
                throw Unreadable(message: error.description)
            }
        }
    }

    /// Nil: no managers, and no member of the metadata.
    var value: Value? {
        isEmpty ? nil : .array(managers.compactMap { manager in entries[manager].map { Self.value(manager, $0) } })
    }

    private static func value(_ manager: ManagerIdentity, _ entry: Entry) -> Value {
        var value: Value = [
            "manager": .string(manager.name), "operation": .string(manager.operation.rawValue),
            "apiVersion": .string(entry.apiVersion),
        ]
        if let time = entry.time { value["time"] = .string(time) }
        value["fieldsType"] = "FieldsV1"
        value["fieldsV1"] = entry.fields.fieldsV1
        if !manager.subresource.isEmpty { value["subresource"] = .string(manager.subresource) }
        return value
    }

    /// A client that sends `[]` or `[{}]` wants all owners forgotten.
    static func isReset(_ list: Value?) -> Bool {
        guard let elements = list?.array else { return false }
        return elements.isEmpty || (elements.count == 1 && elements[0].object?.entries.allSatisfy { $0.value.isNull } == true)
    }

    /// The owners before a write: those that the client sends back, changed or not; without them those of the object.
    static func before(_ proposed: Value?, stored: Value?) -> ManagedFields {
        if isReset(proposed) { return ManagedFields() }
        if proposed != stored, let own = try? ManagedFields(reading: proposed), !own.isEmpty { return own }
        return (try? ManagedFields(reading: stored)) ?? ManagedFields()
    }
}

extension Value {
    /// `metadata.managedFields`
    var managedFields: Value? {
        get { self[at: "metadata", "managedFields"] }
        set { setMetadata("managedFields", newValue) }
    }
}
