import Documents
import Foundation

/// What is wrong with a file of manifests as a file; objects that are wrong become the translator's diagnostics.
struct ManifestProblem: Error, Equatable, CustomStringConvertible {
    var file: String
    /// 0 when the file could not be read at all.
    var line: Int
    var message: String

    var description: String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}

/// The manifests below some paths: YAML and JSON, each file read again only when it changed.
///
/// A file that cannot be parsed keeps the objects of its last good version, so that half-written text takes nothing away.
struct ManifestFiles {
    /// Larger files are refused; an API server takes objects of up to about 1.5 MiB.
    static let maximumSize = 64 << 20

    private struct Stamp: Equatable {
        var modified: Date?
        var size: Int
        var inode: UInt64

        /// How long to leave the file alone because somebody seems to write it; nil when nobody does.
        ///
        /// Programs that write in place empty a file first. On a busy machine the first byte may take its time, and hardly anybody
        /// empties a file to say that its objects shall go.
        func unsettledSeconds(at now: Date, over oldVersion: Bool) -> Double? {
            // A time well ahead is another machine's clock, and says nothing.
            guard let age = modified.map({ now.timeIntervalSince($0) }), age > -1 else { return nil }
            let patience = size == 0 && oldVersion ? 5 : 0.02
            return age < patience ? patience - max(0, age) : nil
        }
    }

    private struct Entry {
        var stamp: Stamp
        var documents: [Located]
        var problem: ManifestProblem?
    }

    private let paths: [String]
    private var entries: [String: Entry] = [:]

    /// Folders that were seen by the last reading: what a watch has to look at.
    private(set) var folders: [String] = []

    /// - Parameter paths: files and folders; `-` is standard input.
    init(_ paths: [String]) { self.paths = paths }

    /// After how many milliseconds to read again because a file was left alone while somebody seems to write it.
    private(set) var unsettledMilliseconds: Int32?

    /// All documents in order of file name, and what could not be read. Throws when a path itself is not there.
    ///
    /// - Parameter now: when given, files that are being written keep their last good version for the moment.
    mutating func read(sparingWriters now: Date? = nil) throws(Failure) -> (documents: [Located], problems: [ManifestProblem]) {
        folders = []
        unsettledMilliseconds = nil
        var files: [String] = []
        for path in paths { files += try Self.files(below: path, &folders) }
        let all = Set(files)
        entries = entries.filter { all.contains($0.key) }
        for file in files { update(file, now) }
        let read = files.compactMap { entries[$0] }
        return (read.flatMap(\.documents), read.compactMap(\.problem))
    }

    private static func files(below path: String, _ folders: inout [String]) throws(Failure) -> [String] {
        if path == "-" { return [path] }
        guard let isFolder = isFolder(path) else { throw .unreachable("there is no file or folder '\(path)'") }
        return isFolder ? walk(path, &folders) : [path]
    }

    /// Hidden entries are left out: editors' temporary files, `.git`, and the `..data` folders of mounted ConfigMaps.
    private static func walk(_ folder: String, _ folders: inout [String]) -> [String] {
        folders.append(folder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var files: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            guard let isFolder = isFolder(path) else { continue }
            if isFolder {
                files += walk(path, &folders)
            } else if [".yaml", ".yml", ".json"].contains(where: name.hasSuffix) {
                files.append(path)
            }
        }
        return files
    }

    /// nil when nothing is there. Links are followed.
    private static func isFolder(_ path: String) -> Bool? {
        try? URL(fileURLWithPath: path).resolvingSymlinksInPath().resourceValues(forKeys: [.isDirectoryKey]).isDirectory
    }

    private mutating func update(_ file: String, _ now: Date?) {
        let stamp = Self.stamp(file)
        if let entry = entries[file], entry.stamp == stamp, stamp.modified != nil { return }
        if let now, let wait = stamp.unsettledSeconds(at: now, over: entries[file]?.documents.isEmpty == false) {
            leave(for: wait)
            return
        }
        let parsed = Result { () throws(ManifestProblem) in try Self.parse(file, size: stamp.size) }
        if now != nil, Self.stamp(file) != stamp {
            // What was read may be half of it.
            leave(for: 0.02)
            return
        }
        switch parsed {
        case .success(let documents): entries[file] = Entry(stamp: stamp, documents: documents, problem: nil)
        case .failure(let problem):
            entries[file] = Entry(stamp: stamp, documents: entries[file]?.documents ?? [], problem: problem)
        }
    }

    private mutating func leave(for seconds: Double) {
        let milliseconds = Int32((seconds * 1000).rounded(.up))
        unsettledMilliseconds = min(unsettledMilliseconds ?? milliseconds, milliseconds)
    }

    private static func parse(_ file: String, size: Int) throws(ManifestProblem) -> [Located] {
        guard size <= maximumSize else {
            throw ManifestProblem(file: file, line: 0, message: "\(size) bytes are more than the \(maximumSize) that are read")
        }
        let data = file == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: file)
        guard let data else { throw ManifestProblem(file: file, line: 0, message: "cannot be read") }
        do {
            return try YAML.documents(data, file: file == "-" ? "standard input" : file).flatMap(\.items)
        } catch {
            throw ManifestProblem(file: file, line: error.line, message: "\(error.message), column \(error.column)")
        }
    }

    /// Of the file itself, through links: a mounted ConfigMap changes by moving a link.
    private static func stamp(_ file: String) -> Stamp {
        let target = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
        guard file != "-", let attributes = try? FileManager.default.attributesOfItem(atPath: target) else {
            return Stamp(modified: nil, size: 0, inode: 0)
        }
        return Stamp(
            modified: attributes[.modificationDate] as? Date, size: attributes[.size] as? Int ?? 0,
            inode: (attributes[.systemFileNumber] as? UInt64) ?? 0)
    }
}

extension Located {
    /// The objects of a `kind: List`, each with its own lines; itself otherwise.
    fileprivate var items: [Located] {
        guard value["kind"]?.string == "List", let items = value["items"]?.array else { return [self] }
        return items.indices.map { part(at: FieldPath([.member("items"), .element($0)]), value: items[$0]) }
    }
}
