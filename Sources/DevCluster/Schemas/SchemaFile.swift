import Documents

/// A schema file: the kinds of one group and version, and the definitions that they are made of, in YAML.
///
/// The files are YAML inside Swift string literals, because the binary must need no files at run time, and SwiftPM's own way of
/// embedding resources (`.embedInCode`) turns each into an array literal of its bytes, which is slow to compile. They read like upstream's OpenAPI
/// with three abbreviations:
/// - `$ref: Name` names a definition of any file, by its own package first
/// - what has `properties` is an object
/// - a kind's schema is the definition of its name; apiVersion, kind and metadata are added
struct SchemaFile: Sendable {
    let package: String
    let group: String
    let version: String
    let kinds: [Value]
    let definitions: Value.Fields

    /// - Precondition: the text is one of ours, and well formed; a test reads every file.
    init(_ text: String) {
        let document: Value
        do {
            document = try YAML.documents(text).first?.value ?? [:]
        } catch {
            preconditionFailure("a schema file is no YAML: \(error)")
        }
        package = document["package"]?.string ?? ""
        group = document["group"]?.string ?? ""
        version = document["version"]?.string ?? ""
        kinds = document["kinds"]?.array ?? []
        definitions = document["definitions"]?.object ?? Value.Fields()
    }

    static let all: [SchemaFile] = [
        meta, core, pods, services, discovery, apps, networking, coordination, events, extensions, authorization,
    ]
}
