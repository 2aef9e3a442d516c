import Base

/// The fields of the header block that is being decoded: names and values behind one another, and records of where they lie.
///
/// Storage of one thread. A block that is not whole when the received bytes end is `kept` by its session until more come.
@safe struct HTTP2Stage: ~Copyable {
    struct Field: BitwiseCopyable {
        var name: Int32
        var nameLength: Int32
        var valueLength: Int32
        var role: Role

        var value: Int { Int(name) &+ Int(nameLength) }
    }

    enum Role: UInt8, BitwiseCopyable {
        case other, host, cookie, method, path, scheme, authority, protocolName, status, unknownPseudo
    }

    /// What is counted while fields come. Plain data, kept with the fields.
    struct Tally: BitwiseCopyable {
        var count = 0
        var bytes = 0
        /// Bytes of the lines that the fields would be, also of those that were not stored.
        var lineBytes = 0
        var defect: HeadDefect?
    }

    let bytes: Buffer
    private let fields: UnsafeMutablePointer<Field>
    private let capacity: Int
    /// [0]: what was counted.
    private let tallies: UnsafeMutablePointer<Tally>
    private let limits: HeadLimits

    /// Cookies may come in crumbs (RFC 9113 section 8.2.3), of which each counts as a field here and all of them as one later.
    private static let crumbs = 256
    private static let pseudoFields = 8

    init(limits: HeadLimits) {
        self.limits = limits
        bytes = Buffer(capacity: limits.bytes)
        capacity = limits.fields + Self.crumbs + Self.pseudoFields
        unsafe fields = .allocate(capacity: capacity)
        unsafe tallies = .allocate(capacity: 1)
        unsafe tallies.initialize(to: Tally())
    }

    deinit {
        unsafe fields.deallocate()
        unsafe tallies.deallocate()
    }

    var tally: Tally { unsafe tallies.pointee }

    subscript(_ i: Int) -> Field {
        precondition(i >= 0 && i < tally.count, "a field is one that was added")
        return unsafe fields[i]
    }

    func name(_ i: Int) -> Range<Int> { Int(self[i].name)..<self[i].value }

    func value(_ i: Int) -> Range<Int> { self[i].value..<(self[i].value &+ Int(self[i].valueLength)) }

    func begin() { unsafe tallies.pointee = Tally() }

    /// - Returns: false when so much came that the stream is not worth an answer.
    func add(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) -> Bool {
        var t = tally
        defer { unsafe tallies.pointee = t }
        t.lineBytes &+= name.count &+ value.count &+ 4
        guard t.lineBytes <= limits.bytes else {
            t.defect = .tooLarge
            return t.lineBytes <= limits.bytes &* 2
        }
        guard t.count < capacity else {
            t.defect = .tooManyFields
            return true
        }
        let at = t.bytes
        t.bytes = bytes.write(value, at: bytes.write(name, at: at))
        unsafe (fields + t.count).initialize(
            to: Field(
                name: Int32(truncatingIfNeeded: at), nameLength: Int32(truncatingIfNeeded: name.count),
                valueLength: Int32(truncatingIfNeeded: value.count), role: Self.role(name)))
        t.count &+= 1
        return true
    }

    private static func role(_ name: borrowing Span<UInt8>) -> Role {
        let n = name.count
        guard n > 0, name[0] == 58 else {
            if n == 4, Octets.same(name, 0, "host") { return .host }
            return n == 6 && Octets.same(name, 0, "cookie") ? .cookie : .other
        }
        switch n {
        case 5 where Octets.same(name, 1, "path"): return .path
        case 7 where Octets.same(name, 1, "method"): return .method
        case 7 where Octets.same(name, 1, "scheme"): return .scheme
        case 7 where Octets.same(name, 1, "status"): return .status
        case 9 where Octets.same(name, 1, "protocol"): return .protocolName
        case 10 where Octets.same(name, 1, "authority"): return .authority
        default: return .unknownPseudo
        }
    }

    // MARK: Keeping

    /// Bytes that `keep` writes.
    var keptSize: Int {
        MemoryLayout<Tally>.stride &+ tally.count &* MemoryLayout<Field>.stride &+ tally.bytes
    }

    /// Writes all that is here to memory of `keptSize` bytes.
    @unsafe func keep(in memory: UnsafeMutableRawPointer) {
        let t = tally
        let records = MemoryLayout<Tally>.stride
        let text = records &+ t.count &* MemoryLayout<Field>.stride
        unsafe memory.copyMemory(from: tallies, byteCount: records)
        unsafe (memory + records).copyMemory(from: fields, byteCount: text &- records)
        unsafe bytes[0..<t.bytes].withUnsafeBytes { kept in
            if let from = kept.baseAddress { unsafe (memory + text).copyMemory(from: from, byteCount: kept.count) }
        }
    }

    /// Brings back what `keep` wrote.
    @unsafe func restore(from memory: UnsafeRawPointer) {
        let t = unsafe memory.load(as: Tally.self)
        let records = MemoryLayout<Tally>.stride
        let text = records &+ t.count &* MemoryLayout<Field>.stride
        unsafe tallies.pointee = t
        unsafe UnsafeMutableRawPointer(fields).copyMemory(from: memory + records, byteCount: text &- records)
        unsafe bytes.withMutableBytes(0..<t.bytes) { target in
            if let to = target.baseAddress { unsafe to.copyMemory(from: memory + text, byteCount: t.bytes) }
        }
    }
}
