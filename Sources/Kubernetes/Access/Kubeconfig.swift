import Documents
import Foundation

/// The files that kubectl reads to know clusters, users and contexts.
public struct Kubeconfig: Sendable {
    /// A named entry, and the file that it came from.
    struct Entry: Sendable {
        var value: Value
        var file: String
        /// `users[2].user`, for messages.
        var field: String
    }

    var clusters: [String: Entry] = [:]
    var users: [String: Entry] = [:]
    var contexts: [String: Entry] = [:]
    public private(set) var currentContext: String?
    private(set) var files: [String] = []

    /// Names of the contexts, sorted.
    public var contextNames: [String] { contexts.keys.sorted() }

    /// Reads files in order; like kubectl, the first to name a thing wins, and files of a list that do not exist are passed over.
    public init(files: [String]) throws(AccessError) {
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else {
                if files.count > 1 { continue }
                throw AccessError("The kubeconfig \(file) cannot be read: check that it exists and who may read it.")
            }
            try merge([UInt8](data), file: file)
        }
    }

    init(text: String, file: String) throws(AccessError) { try merge(Array(text.utf8), file: file) }

    private mutating func merge(_ bytes: [UInt8], file: String) throws(AccessError) {
        let documents: [Located]
        do {
            documents = try YAML.documents(bytes, file: file)
        } catch {
            throw AccessError("The kubeconfig \(file) is no YAML: \(error).")
        }
        files.append(file)
        guard let root = documents.first?.value else { return }
        guard root.object != nil else { throw AccessError("The kubeconfig \(file) holds no mapping at the top.") }
        try merge(root, "clusters", "cluster", file, into: \.clusters)
        try merge(root, "users", "user", file, into: \.users)
        try merge(root, "contexts", "context", file, into: \.contexts)
        if currentContext == nil, let current = root["current-context"]?.string, !current.isEmpty { currentContext = current }
    }

    private mutating func merge(
        _ root: Value, _ list: String, _ member: String, _ file: String,
        into entries: WritableKeyPath<Kubeconfig, [String: Entry]>
    ) throws(AccessError) {
        guard let items = root[list], !items.isNull else { return }
        guard let items = items.array else { throw AccessError("\(file): \(list) must be a list.") }
        for (index, item) in items.enumerated() {
            guard let name = item["name"]?.string else { throw AccessError("\(file): \(list)[\(index)].name is missing.") }
            let field = "\(list)[\(index)].\(member)"
            if self[keyPath: entries][name] == nil {
                self[keyPath: entries][name] = Entry(value: item[member] ?? .object(.init()), file: file, field: field)
            }
        }
    }
}
