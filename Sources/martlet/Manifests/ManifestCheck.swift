import Documents
import Resources
import Translator

/// Judges manifests as a cluster and the gateway would, without either.
struct ManifestCheck {
    /// Something to say about a file or an object in it.
    struct Finding {
        var severity: Diagnostic.Severity
        var file: String
        var line: Int
        /// nil when there is no object.
        var object: ObjectReference?
        var field = ""
        var reason: String
        var message: String
    }

    private(set) var findings: [Finding] = []
    private(set) var objectCount = 0
    /// Objects of other products' kinds, and of built-in ones that Martlet does not read.
    private(set) var otherCount = 0
    private var places: [ObjectReference: Located] = [:]

    /// - Parameter now: seconds since 1970, by which certificates are judged.
    init(_ documents: [Located], _ problems: [ManifestProblem], _ settings: TranslatorSettings, now: Int64) {
        findings = problems.map {
            Finding(severity: .error, file: $0.file, line: $0.line, reason: "Unreadable", message: $0.message)
        }
        var snapshot = Snapshot(defaultNamespace: settings.defaultNamespace)
        for document in documents where isObject(document) {
            objectCount += 1
            guard isRead(document) else { continue }
            note(document, defaultNamespace: settings.defaultNamespace)
            snapshot.put(document)
        }
        var translator = Translator(settings)
        findings += translator.translate(snapshot, now: now).diagnostics.map(Finding.init)
        findings.sort { ($0.file, $0.line, $0.field) < ($1.file, $1.line, $1.field) }
    }

    var errorCount: Int { findings.filter { $0.severity == .error }.count }

    // MARK: Documents

    /// An API server's bound for one request (etcd's default is 1.5 MiB).
    private static let maximumBytes = 3 << 19

    private mutating func isObject(_ document: Located) -> Bool {
        let value = document.value
        guard value.object != nil else {
            complain(
                document, "NotAnObject",
                "This is \(Self.article(value.kindName)), not an object; write apiVersion, kind and metadata.")
            return false
        }
        for field in ["apiVersion", "kind"] where value[field]?.string?.isEmpty != false {
            complain(document, "NotAnObject", "The object has no \(field); add it.", field)
            return false
        }
        guard value[at: "metadata", "name"]?.string?.isEmpty == false else {
            // Names may also be made by the API server.
            if value[at: "metadata", "generateName"]?.string != nil { return false }
            complain(document, "NotAnObject", "The object has no name; add metadata.name.", "metadata")
            return false
        }
        let size = value.json.count
        guard size <= Self.maximumBytes else {
            complain(
                document, "TooLarge", "The object has \(size) bytes; an API server takes at most \(Self.maximumBytes). Split it.")
            return false
        }
        return true
    }

    private static func article(_ noun: String) -> String {
        noun == "null" ? noun : "aeiou".contains(noun.prefix(1)) ? "an \(noun)" : "a \(noun)"
    }

    /// Whether the gateway reads objects of this kind. A kind that somebody meant for it but that it does not know is an error.
    private mutating func isRead(_ document: Located) -> Bool {
        if Snapshot.kind(of: document.value) != nil { return true }
        let version = document.value["apiVersion"]?.string ?? ""
        let kind = document.value["kind"]?.string ?? ""
        let group = version.contains("/") ? String(version.prefix { $0 != "/" }) : ""
        if let known = Snapshot.kinds.first(where: { $0.kind == kind && Self.groups(of: $0).contains(group) }) {
            complain(document, "UnknownVersion", "\(kind) of \(version) is not read; write \(known.apiVersion).", "apiVersion")
            return false
        }
        if group == Route.kind.group {
            let ours = Snapshot.kinds.filter { $0.group == group }.map(\.kind)
            let hint =
                nearest(to: kind, among: ours).map { "did you mean \($0)?" } ?? "the kinds are \(ours.joined(separator: ", "))."
            complain(document, "UnknownKind", "There is no kind '\(kind)' in \(group); \(hint)", "kind")
        } else {
            otherCount += 1
        }
        return false
    }

    /// Ingresses were born in another group.
    private static func groups(of kind: ResourceKind) -> [String] {
        kind == Ingress.kind ? [kind.group, "extensions"] : [kind.group]
    }

    /// Two documents that say different things of one object contradict each other: which one counts is an accident.
    private mutating func note(_ document: Located, defaultNamespace: String) {
        guard let kind = Snapshot.kind(of: document.value) else { return }
        let reference = ObjectReference(
            kind: kind, metadata: ObjectMeta(of: document.value, defaultNamespace: kind.isNamespaced ? defaultNamespace : ""))
        guard let earlier = places.updateValue(document, forKey: reference) else { return }
        let isSame = earlier.value == document.value
        findings.append(
            Finding(
                severity: isSame ? .warning : .error, file: document.file, line: document.line, object: reference,
                field: "metadata.name",
                reason: "Duplicate",
                message:
                    "\(earlier.file):\(earlier.line) describes the same object\(isSame ? "" : " differently"); remove one of the two."
            ))
    }

    private mutating func complain(_ document: Located, _ reason: String, _ message: String, _ field: String = "") {
        let line = field.isEmpty ? document.line : document.line(of: FieldPath(stringLiteral: field))
        findings.append(
            Finding(severity: .error, file: document.file, line: line, field: field, reason: reason, message: message))
    }
}

extension ManifestCheck.Finding {
    init(_ diagnostic: Diagnostic) {
        self.init(
            severity: diagnostic.severity, file: diagnostic.file, line: diagnostic.line, object: diagnostic.subject,
            field: diagnostic.path.description, reason: diagnostic.reason, message: diagnostic.message)
    }

    /// `shop.yaml:12: error: Ingress shop/web spec.rules[0].host: …`
    var text: String {
        let place = line > 0 ? "\(file):\(line)" : file
        let what = [object?.description ?? "", field].filter { !$0.isEmpty }.joined(separator: " ")
        return "\(place): \(severity.rawValue): \(what.isEmpty ? "" : what + ": ")\(message)"
    }

    var json: Value {
        var value: Value = [
            "severity": .string(severity.rawValue), "file": .string(file), "line": .integer(Int64(line)), "field": .string(field),
            "reason": .string(reason), "message": .string(message),
        ]
        if let object {
            value["object"] = [
                "kind": .string(object.kind), "namespace": .string(object.namespace), "name": .string(object.name),
            ]
        }
        return value
    }
}
