import Base

/// The fields of the header block that is being decoded, and records of where they lie. Names and values of pseudo-header fields stand behind one
/// another; all others are lines already, as HTTP/1.1 would send them.
///
/// Storage of one thread. A block that is not whole when the received bytes end is `kept` by its session until more come.
@safe struct HTTP2Stage: ~Copyable {
    struct Field: BitwiseCopyable {
        var name: Int32
        var nameLength: Int32
        var value: Int32
        var valueLength: Int32
        var role: Role
    }

    enum Role: UInt8, BitwiseCopyable {
        case other, host, cookie, method, path, scheme, authority, protocolName, status, unknownPseudo

        var isPseudo: Bool { rawValue >= Self.method.rawValue }
    }

    /// What is counted while fields come. Plain data, kept with the fields.
    struct Tally: BitwiseCopyable {
        var count = 0
        var bytes = 0
        /// Bytes of the lines that the fields would be, also of those that were not stored.
        var lineBytes = 0
        var defect: HeadDefect?
        /// Where the first line is; -1 without.
        var lines = -1
        /// How many fields come before it.
        var pseudoFields = 0
        var hasCookie = false
        /// The lines, as they stand here, are all the lines of a request but its Host: there is one cookie at most, no Host, nothing between them,
        /// and no value with blanks around it.
        var isPlain = true
        /// Where the fields lie that make a request's first line, and Host; -1 without.
        var method: Int32 = -1
        var path: Int32 = -1
        var scheme: Int32 = -1
        var authority: Int32 = -1
        var protocolName: Int32 = -1
        var host: Int32 = -1
        /// One of these is there twice, or one that a request has not.
        var isDoubled = false

        mutating func note(_ role: Role) {
            let i = Int32(truncatingIfNeeded: count)
            switch role {
            case .method: Self.note(i, &method, &isDoubled)
            case .path: Self.note(i, &path, &isDoubled)
            case .scheme: Self.note(i, &scheme, &isDoubled)
            case .authority: Self.note(i, &authority, &isDoubled)
            case .protocolName: Self.note(i, &protocolName, &isDoubled)
            case .host:
                isPlain = false
                Self.note(i, &host, &isDoubled)
            case .status, .unknownPseudo: isDoubled = true
            case .cookie:
                if hasCookie { isPlain = false }
                hasCookie = true
            case .other: break
            }
        }

        private static func note(_ i: Int32, _ place: inout Int32, _ isDoubled: inout Bool) {
            isDoubled = isDoubled || place >= 0
            place = i
        }
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
        bytes = Buffer(capacity: limits.bytes + Octets.slack)
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
        precondition(unsafe i >= 0 && i < tallies.pointee.count, "a field is one that was added")
        return unsafe fields[i]
    }

    func value(_ i: Int) -> Range<Int> {
        let field = self[i]
        return Int(field.value)..<(Int(field.value) &+ Int(field.valueLength))
    }

    /// A whole line, of any but a pseudo-header field.
    func line(_ i: Int) -> Range<Int> {
        let field = self[i]
        return Int(field.name)..<(Int(field.value) &+ Int(field.valueLength) &+ 2)
    }

    /// All lines, where they are plain.
    var lines: Range<Int> {
        let first = unsafe tallies.pointee.lines
        return unsafe first < 0 ? 0..<0 : first..<tallies.pointee.bytes
    }

    func begin() { unsafe tallies.pointee = Tally() }

    /// - Returns: false when so much came that the stream is not worth an answer.
    func add(_ name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) -> Bool {
        // In place: copied out and back, the tally would cost more than the rest.
        let t = unsafe tallies
        unsafe t.pointee.lineBytes &+= name.count &+ value.count &+ 4
        guard unsafe t.pointee.lineBytes <= limits.bytes else {
            unsafe t.pointee.defect = .tooLarge
            return unsafe t.pointee.lineBytes <= limits.bytes &* 2
        }
        let count = unsafe t.pointee.count
        guard count < capacity else {
            unsafe t.pointee.defect = .tooManyFields
            return true
        }
        let at = unsafe t.pointee.bytes
        let role = Self.role(name)
        var valueAt = bytes.write(name, at: at)
        if role.isPseudo {
            unsafe t.pointee.bytes = bytes.write(value, at: valueAt)
            unsafe t.pointee.pseudoFields &+= 1
            if unsafe t.pointee.lines >= 0 { unsafe t.pointee.isPlain = false }
        } else {
            bytes[valueAt] = 58
            bytes[valueAt &+ 1] = 32
            valueAt &+= 2
            let end = bytes.write(value, at: valueAt)
            bytes[end] = 13
            bytes[end &+ 1] = 10
            unsafe t.pointee.bytes = end &+ 2
            if unsafe t.pointee.lines < 0 { unsafe t.pointee.lines = at }
            judge(at, valueAt, end)
        }
        if role != .other { unsafe t.pointee.note(role) }
        unsafe (fields + count).initialize(
            to: Field(
                name: Int32(truncatingIfNeeded: at), nameLength: Int32(truncatingIfNeeded: name.count),
                value: Int32(truncatingIfNeeded: valueAt), valueLength: Int32(truncatingIfNeeded: value.count), role: role))
        unsafe t.pointee.count = count &+ 1
        return true
    }

    /// What could make the line read differently from the field. nghttp2 has refused nearly all of it before.
    @inline(__always)
    private func judge(_ at: Int, _ value: Int, _ end: Int) {
        // Both scans end where the line says so; what lies behind it is not looked at.
        let line = bytes[at..<(end &+ Octets.slack)]
        let n = line.count
        if value &- at <= 2 || Octets.endOfToken(line, 0, n) != value &- at &- 2 { unsafe tallies.pointee.defect = .fieldName }
        if Octets.endOfValue(line, value &- at, n) != end &- at { unsafe tallies.pointee.defect = .fieldValue }
        if end > value, line[value &- at] <= 32 || line[end &- at &- 1] <= 32 { unsafe tallies.pointee.isPlain = false }
    }

    @inline(__always)
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
