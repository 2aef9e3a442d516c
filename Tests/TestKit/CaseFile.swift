public import Foundation
public import Testing

/// One behaviour stated in one file: what it proves, its input and what must come out.
///
///     # A route whose Service lacks the port answers 500 and says so.
///     class: martlet
///     -- resources.yaml --
///     …
///     -- graph --
///     …
///
/// Lines that begin with `#` before the first section are the sentence that the case proves; `key: value` lines are options.
/// `UPDATE_GOLDEN=1` rewrites the sections that a test passes to `expect`; the diff is then the review.
public struct CaseFile: Sendable, CustomTestStringConvertible {
    public struct Section: Sendable, Equatable {
        public var name: String
        public var body: String
    }

    public let url: URL
    public let sentence: String
    public let options: [String: String]
    public let sections: [Section]

    /// `topic/name` without the extension: what the test report shows.
    public var testDescription: String {
        url.deletingLastPathComponent().lastPathComponent + "/" + url.deletingPathExtension().lastPathComponent
    }

    public static var isUpdating: Bool { ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" }
}

// MARK: - Reading

extension CaseFile {
    public struct FormatError: Error, CustomStringConvertible {
        public let description: String
    }

    /// Every `.case` file below `directory`, which is relative to the folder of the calling source file, in the order of their
    /// names. A directory without cases is an error: such a test could not fail.
    public static func all(in directory: String, file: String = #filePath) -> [CaseFile] {
        let root = URL(filePath: file).deletingLastPathComponent().appending(path: directory)
        let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        let cases = found.filter { $0.pathExtension == "case" }.sorted { $0.path() < $1.path() }
        guard !cases.isEmpty else { fatalError("no .case files in \(root.path())") }
        return cases.map { url in
            do { return try CaseFile(contentsOf: url) } catch { fatalError("\(url.path()): \(error)") }
        }
    }

    public init(contentsOf url: URL) throws {
        try self.init(text: String(contentsOf: url, encoding: .utf8), url: url)
    }

    public init(text: String, url: URL) throws {
        var sentence: [String] = []
        var options: [String: String] = [:]
        var sections: [Section] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let name = Self.sectionName(line) {
                sections.append(Section(name: name, body: ""))
            } else if !sections.isEmpty {
                sections[sections.count - 1].body += line + "\n"
            } else if line.hasPrefix("#") {
                sentence.append(line.dropFirst().trimmingCharacters(in: .whitespaces))
            } else if let colon = line.firstIndex(of: ":") {
                options[String(line[..<colon])] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            } else if !line.allSatisfy(\.isWhitespace) {
                throw FormatError(description: "neither '# sentence', 'key: value' nor '-- section --': \(line)")
            }
        }
        guard !sentence.isEmpty else { throw FormatError(description: "the first line must say what the case proves ('# …')") }
        // The file's last newline belongs to the file and not to the last section.
        if let last = sections.indices.last, sections[last].body.hasSuffix("\n\n") || sections[last].body == "\n" {
            sections[last].body.removeLast()
        }
        self.url = url
        self.sentence = sentence.joined(separator: " ")
        self.options = options
        self.sections = sections
    }

    private static func sectionName(_ line: Substring) -> String? {
        guard line.hasPrefix("-- "), line.hasSuffix(" --"), line.count > 6 else { return nil }
        return String(line.dropFirst(3).dropLast(3))
    }

    /// The body of the first section of that name.
    public func section(_ name: String) -> String? { sections.first { $0.name == name }?.body }

    /// Fails the test when the case uses an option or a section that the harness does not read: a misspelt one proves nothing.
    public func requireOnly(options known: Set<String>, sections knownSections: Set<String>) {
        for option in options.keys where !known.contains(option) {
            Issue.record("\(testDescription): unknown option '\(option)'; known: \(known.sorted())")
        }
        for section in sections where !knownSections.contains(section.name) {
            Issue.record("\(testDescription): unknown section '\(section.name)'; known: \(knownSections.sorted())")
        }
    }
}

// MARK: - Expecting

extension CaseFile {
    /// Compares what came out with the sections of those names, or rewrites them when `UPDATE_GOLDEN=1`. A section that is
    /// missing counts as empty, so that a case may leave out what it does not show, but never hide output.
    public func expect(_ actual: [(section: String, body: String)], sourceLocation: SourceLocation = #_sourceLocation) throws {
        if Self.isUpdating { return try rewrite(actual) }
        for (name, body) in actual {
            let wanted = section(name) ?? ""
            guard trimmed(wanted) != trimmed(body) else { continue }
            let message = "\(testDescription): \(sentence)\n-- \(name) -- differs:\n\(Self.diff(trimmed(wanted), trimmed(body)))"
            Issue.record(Comment(rawValue: message), sourceLocation: sourceLocation)
        }
    }

    private func rewrite(_ actual: [(section: String, body: String)]) throws {
        var updated = sections
        for (name, body) in actual {
            let body = trimmed(body).isEmpty ? "" : trimmed(body) + "\n"
            if let at = updated.firstIndex(where: { $0.name == name }) {
                updated[at].body = body
            } else if !body.isEmpty {
                updated.append(Section(name: name, body: body))
            }
        }
        let original = try String(contentsOf: url, encoding: .utf8)
        let headEnd = original.range(of: "\n-- ").map { original.index(after: $0.lowerBound) } ?? original.endIndex
        let text = original[..<headEnd] + updated.map { "-- \($0.name) --\n\($0.body)" }.joined()
        if text != original { try String(text).write(to: url, atomically: true, encoding: .utf8) }
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .newlines) }

    /// A line diff for people: `-` was wanted, `+` came out.
    public static func diff(_ wanted: String, _ actual: String) -> String {
        let a = wanted.components(separatedBy: "\n")
        let b = actual.components(separatedBy: "\n")
        var lines: [(position: Double, text: String)] = []
        for change in b.difference(from: a) {
            switch change {
            case .remove(let offset, let line, _): lines.append((Double(offset), "- \(line)"))
            case .insert(let offset, let line, _): lines.append((Double(offset) + 0.5, "+ \(line)"))
            }
        }
        return lines.sorted { $0.position < $1.position }.map(\.text).joined(separator: "\n")
    }
}
