public import Documents

/// The text of a snapshot file: one line that says what it is and what it must hash to, one about the state, and one for each object.
///
///     martlet-snapshot 1 5f2b…64 hexadecimal digits of SHA-256 over everything behind this line…
///     {"written":1790000000,"cluster":"9c1d…","objects":2,"program":"0.1.0"}
///     {"apiVersion":"v1","kind":"Service",…}
///     {"apiVersion":"martlet.dev/v1alpha1","kind":"Route",…}
public struct SnapshotFile: Sendable, Equatable {
    /// Of this format. Another one is refused: what was kept is worth less than what a guess could break.
    public static let version = 1
    static let magic = "martlet-snapshot"

    public struct Header: Sendable, Equatable {
        /// Seconds since 1970 by the wall clock of who wrote it.
        public var written: Int64
        /// Which cluster, and which part of it: `ClusterIdentity`.
        public var cluster: String
        public var objects: Int

        public init(written: Int64, cluster: String, objects: Int) {
            self.written = written
            self.cluster = cluster
            self.objects = objects
        }
    }

    /// Why bytes are no snapshot that can be read.
    public enum Fault: Error, Equatable, Sendable {
        case notASnapshot
        case otherVersion(String)
        case damaged(String)
    }

    public var header: Header
    public var objects: [Packed]

    public init(header: Header, objects: [Packed]) {
        self.header = header
        self.objects = objects
    }

    // MARK: - Writing

    /// The file's parts, in order; the last ones are `lines`, whose bytes end in a newline each.
    ///
    /// - Parameter hash: SHA-256, in hexadecimal digits, of several parts in a row.
    static func parts(_ header: Header, program: String, lines: [[UInt8]], hash: ([[UInt8]]) -> String) -> [[UInt8]] {
        let facts: Value = [
            "written": .integer(header.written), "cluster": .string(header.cluster), "objects": .integer(Int64(header.objects)),
            "program": .string(program),
        ]
        let behind = [facts.json + [0x0a]] + lines
        return [Array("\(magic) \(version) \(hash(behind))\n".utf8)] + behind
    }

    // MARK: - Reading

    /// Total: every text is either a snapshot or a fault.
    ///
    /// - Parameter hash: as for `parts`.
    public init(_ bytes: [UInt8], hash: ([[UInt8]]) -> String) throws(Fault) {
        let (header, behind) = try Self.header(bytes, hash)
        self.header = header
        objects = []
        for object in concurrentMap(Self.lines(behind), Self.object) { objects.append(try object.get()) }
        guard objects.count == header.objects else {
            throw .damaged("it says \(header.objects) objects and has \(objects.count)")
        }
    }

    /// The header of a file whose checksum holds, and the lines of its objects.
    static func header(_ bytes: [UInt8], _ hash: ([[UInt8]]) -> String) throws(Fault) -> (Header, ArraySlice<UInt8>) {
        guard let end = bytes.prefix(200).firstIndex(of: 0x0a) else { throw .notASnapshot }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 2, words[0] == magic else { throw .notASnapshot }
        guard words[1] == String(version) else { throw .otherVersion(String(words[1])) }
        let behind = bytes[(end + 1)...]
        guard words.count == 3, hash([Array(behind)]) == words[2] else { throw .damaged("its checksum does not hold") }
        guard let second = behind.firstIndex(of: 0x0a) else { throw .damaged("it ends in its header") }
        let facts = try object(behind[..<second]).get().value
        guard let written = facts["written"]?.integer, let cluster = facts["cluster"]?.string,
            let count = facts["objects"]?.integer, count >= 0, let objects = Int(exactly: count)
        else { throw .damaged("its header lacks a part") }
        return (Header(written: written, cluster: cluster, objects: objects), behind[(second + 1)...])
    }

    /// What stands between newlines, without what is empty. `split` takes several times as long, for tens of megabytes.
    private static func lines(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = text
        while let end = rest.firstIndex(of: 0x0a) {
            if end > rest.startIndex { lines.append(rest[..<end]) }
            rest = rest[(end + 1)...]
        }
        return rest.isEmpty ? lines : lines + [rest]
    }

    private static func object(_ line: ArraySlice<UInt8>) -> Result<Packed, Fault> {
        Result { () throws(DocumentError) in try Packed(json: Array(line)) }.mapError { .damaged("\($0)") }
    }
}
