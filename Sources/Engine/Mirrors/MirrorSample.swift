import Base
import HTTP
import Pipeline
import Synchronization

/// A request whose answers differed. Never a body, and of a query only that there was one.
public struct MirrorSample: Sendable, Equatable {
    /// What one of the two answers was.
    public struct Side: Sendable, Equatable {
        public var status: UInt16 = 0
        public var digest: UInt64 = 0
        public var bytes: UInt64 = 0
        /// Nanoseconds from the request's last byte to the answer's first.
        public var latency: UInt64 = 0
    }

    public var rule = ""
    public var cluster = ""
    /// Nanoseconds since 1970.
    public var time: UInt64 = 0
    public var requestID = ""
    public var method = ""
    public var path = ""
    public var hasQuery = false
    public var primary = Side()
    public var mirror = Side()
    /// `status`, `bodyDigest`, `header:NAME`.
    public var differs: [String] = []

    /// The last so many are kept, each in so many words.
    static let slots = 128
    static let words = 80
    /// Word 0 is the version: odd while the slot is written. Words before the text.
    fileprivate static let fixed = 13
    fileprivate static let textBytes = (words - fixed) * 8
    fileprivate static let longestMethod = 16
    fileprivate static let longestID = 64
    fileprivate static let longestPath = textBytes - longestMethod - longestID
    /// Behind the figures and the samples: the number of the next sample.
    fileprivate static var next: Int { MirrorBook.maximumRows * MirrorBook.Row.count + slots * words }
    fileprivate static func start(_ slot: Int) -> Int { MirrorBook.maximumRows * MirrorBook.Row.count + slot * words }
}

// MARK: - Writing, by workers

extension MirrorView {
    /// Keeps a sample in place of the oldest one. Nobody waits: whoever finds its slot being written keeps nothing.
    @inline(never)
    func keep(
        _ figures: Int32, _ difference: Difference, _ sides: borrowing ComparisonRow, _ head: borrowing RequestHead,
        _ id: Exchange.RequestID, wall: UInt64
    ) {
        guard let counter = unsafe word(MirrorSample.next) else { return }
        let number = unsafe counter.pointee.wrappingAdd(1, ordering: .relaxed).oldValue
        guard let slot = unsafe word(MirrorSample.start(Int(number % UInt64(MirrorSample.slots)))) else { return }
        let version = unsafe slot.pointee.load(ordering: .relaxed)
        guard version & 1 == 0, version < 2 &* number &+ 2,
            unsafe slot.pointee.compareExchange(
                expected: version, desired: 2 &* number &+ 1, ordering: .acquiringAndReleasing
            ).exchanged
        else { return }
        atomicMemoryFence(ordering: .acquiringAndReleasing)
        var text = unsafe TextWriter(slot + MirrorSample.fixed)
        let method = text.put(head.method, most: MirrorSample.longestMethod)
        let idLength =
            id.field >= 0
            ? text.put(head.value(Int(id.field)), most: MirrorSample.longestID)
            : text.put(hexadecimal: id.high) &+ text.put(hexadecimal: id.low)
        let path = text.put(head.path, most: MirrorSample.longestPath)
        text.finish()
        let lengths =
            UInt64(method) | UInt64(idLength) << 8 | UInt64(path) << 16 | (head.line.hasQuery ? 1 << 32 : 0)
        let (primary, mirror) = (sides.primary, sides.mirror)
        let values: InlineArray<12, UInt64> = [
            wall, UInt64(UInt32(bitPattern: figures)), UInt64(difference.rawValue),
            UInt64(primary.status) << 16 | UInt64(mirror.status), primary.body.value, mirror.body.value, primary.body.count,
            mirror.body.count, primary.latency, mirror.latency, lengths, 0,
        ]
        for i in values.indices { unsafe slot[1 &+ i].store(values[i], ordering: .relaxed) }
        unsafe slot.pointee.store(2 &* number &+ 2, ordering: .releasing)
    }

    /// Puts bytes into words, eight to each.
    @safe private struct TextWriter {
        private var next: UnsafeMutablePointer<MirrorBook.Word>
        private var pending: UInt64 = 0
        private var count = 0

        @unsafe init(_ start: UnsafeMutablePointer<MirrorBook.Word>) { unsafe next = start }

        mutating func put(_ byte: UInt8) {
            pending |= UInt64(byte) << UInt64(8 &* (count & 7))
            count &+= 1
            if count & 7 == 0 { finish() }
        }

        /// - Returns: how many bytes there was room for.
        mutating func put(_ bytes: borrowing Span<UInt8>, most: Int) -> Int {
            let n = min(bytes.count, most)
            for i in 0..<n { put(bytes[i]) }
            return n
        }

        mutating func put(hexadecimal number: UInt64) -> Int {
            for i in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 &- 4 &* i)) & 15
                put(digit < 10 ? 48 &+ digit : 87 &+ digit)
            }
            return 16
        }

        mutating func finish() {
            unsafe next.pointee.store(pending, ordering: .relaxed)
            unsafe next += 1
            pending = 0
        }
    }
}

// MARK: - Reading, from any thread

extension MirrorBook {
    /// The last samples, the newest first. One that is being written is left out.
    var samples: [MirrorSample] {
        let names = mirrors.reduce(into: [Int: (MirrorName, [String])]()) { $0[$1.index] = ($1.name, $1.headers) }
        var found: [(version: UInt64, sample: MirrorSample)] = []
        for slot in 0..<MirrorSample.slots {
            guard let start = unsafe view.word(MirrorSample.start(slot)) else { return [] }
            let version = unsafe start.pointee.load(ordering: .acquiring)
            guard version > 0, version & 1 == 0 else { continue }
            let words = (0..<MirrorSample.words).map { unsafe start[$0].load(ordering: .relaxed) }
            atomicMemoryFence(ordering: .acquiring)
            guard unsafe start.pointee.load(ordering: .relaxed) == version else { continue }
            found.append((version, MirrorSample(words, names)))
        }
        return found.sorted { $0.version > $1.version }.map(\.sample)
    }
}

extension MirrorSample {
    fileprivate init(_ words: [UInt64], _ names: [Int: (MirrorName, [String])]) {
        let (name, headers) = names[Int(words[2])] ?? (MirrorName(rule: "", cluster: ""), [])
        var bytes = words[Self.fixed...].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }[
            ...]
        func text(_ count: UInt64) -> String {
            defer { bytes = bytes.dropFirst(Int(count)) }
            return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
        }
        rule = name.rule
        cluster = name.cluster
        time = words[1]
        differs = Difference(rawValue: UInt32(truncatingIfNeeded: words[3])).words(headers)
        primary = Side(status: UInt16(truncatingIfNeeded: words[4] >> 16), digest: words[5], bytes: words[7], latency: words[9])
        mirror = Side(status: UInt16(truncatingIfNeeded: words[4]), digest: words[6], bytes: words[8], latency: words[10])
        let lengths = words[11]
        method = text(lengths & 0xff)
        requestID = text(lengths >> 8 & 0xff)
        path = text(lengths >> 16 & 0xffff)
        hasQuery = lengths & 1 << 32 != 0
    }
}
