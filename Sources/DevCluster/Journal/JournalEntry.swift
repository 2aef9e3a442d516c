import Documents

/// One transaction of the store as the journal keeps it: all of its changes or none.
struct JournalEntry: Sendable {
    enum Change: Sendable {
        case put(ResourceKey, Value)
        case remove(ResourceKey, ObjectKey)
    }

    /// The store's version after it.
    var version: Int64
    var changes: [Change]

    init(version: Int64, changes: [Change] = []) {
        self.version = version
        self.changes = changes
    }

    init(_ writes: [ClusterState.Write], version: Int64) {
        self.init(
            version: version,
            changes: writes.map { write in
                write.event.kind == .deleted
                    ? .remove(write.resource, write.event.object.key) : .put(write.resource, write.event.object.value)
            })
    }

    // MARK: - Text

    /// Lines, so that an object may be as deep as JSON may be: `version N`, then `put PLURAL/GROUP OBJECT` and
    /// `remove PLURAL/GROUP [NAMESPACE,NAME]`.
    func write(to text: inout [UInt8]) {
        text += "version \(version)\n".utf8
        for change in changes {
            switch change {
            case .put(let resource, let object): Self.write("put", resource, object, &text)
            case .remove(let resource, let key):
                Self.write("remove", resource, [.string(key.namespace), .string(key.name)], &text)
            }
        }
    }

    private static func write(_ verb: String, _ resource: ResourceKey, _ value: Value, _ text: inout [UInt8]) {
        text += "\(verb) \(resource.plural)/\(resource.group) ".utf8
        text += value.json
        text.append(UInt8(ascii: "\n"))
    }

    /// Nil when the text is none that `write` has made.
    static func read(_ text: ArraySlice<UInt8>) -> [JournalEntry]? {
        var entries: [JournalEntry] = []
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            let verb = parts.first.map { String(decoding: $0, as: UTF8.self) }
            if verb == "version", parts.count == 2, let version = Int64(String(decoding: parts[1], as: UTF8.self)) {
                entries.append(JournalEntry(version: version))
            } else if parts.count == 3, !entries.isEmpty, let change = change(verb, parts[1], parts[2]) {
                entries[entries.count - 1].changes.append(change)
            } else {
                return nil
            }
        }
        return entries
    }

    private static func change(_ verb: String?, _ name: ArraySlice<UInt8>, _ json: ArraySlice<UInt8>) -> Change? {
        let names = String(decoding: name, as: UTF8.self).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard names.count == 2, let value = try? Value(json: json) else { return nil }
        let resource = ResourceKey(names[0], group: names[1])
        if verb == "put" { return .put(resource, value) }
        guard verb == "remove", let key = value.array, key.count == 2, let namespace = key[0].string, let name = key[1].string
        else {
            return nil
        }
        return .remove(resource, ObjectKey(namespace: namespace, name: name))
    }
}
