import Graph
import Synchronization

/// Names what is counted: a rule, and where it mirrors to.
struct MirrorName: Hashable, Comparable {
    var rule: String
    var cluster: ClusterID

    static func < (a: Self, b: Self) -> Bool { (a.rule, a.cluster) < (b.rule, b.cluster) }
}

/// What workers count and keep of mirrors, and the names of that. Memory is taken with the first mirror, and bounded: figures of 256 mirrors
/// (those beyond count together) and the last 128 requests whose answers differed.
@safe final class MirrorBook: @unchecked Sendable {
    // Unchecked: `known` guards what changes; the memory's address is published with release ordering and never changes; its words are
    // atomic.
    typealias Word = Atomic<UInt64>

    /// Where things lie in a mirror's row.
    enum Row {
        static let outcomes = 0
        static let comparisons = outcomes + MirrorOutcome.allCases.count
        /// By bit of `Difference`.
        static let differences = comparisons + MirrorComparison.allCases.count
        /// Nanoseconds by which copies were answered later in sum, and how many were, by `Latency`; then the same for earlier ones.
        static let slower = differences + Difference.count
        static let faster = slower + 2 + Latency.bounds.count
        /// Copies that are under way, of all workers.
        static let underWay = faster + 2 + Latency.bounds.count
        static let count = underWay + 1
    }

    static let maximumRows = 256
    private static let words = maximumRows * Row.count + MirrorSample.slots * MirrorSample.words + 1

    struct Known {
        var indexes: [MirrorName: Int32] = [:]
        var names: [MirrorName] = []
        var headers: [[String]] = []
    }
    private let known = Mutex(Known())
    private let memory: UnsafeMutablePointer<Atomic<UInt>>

    init() {
        unsafe memory = .allocate(capacity: 1)
        unsafe memory.initialize(to: Atomic(0))
    }

    deinit {
        unsafe UnsafeMutableRawPointer(bitPattern: memory.pointee.load(ordering: .acquiring))?.deallocate()
        unsafe memory.deallocate()
    }

    /// Valid while the book lives.
    var view: MirrorView { unsafe MirrorView(memory) }

    // MARK: Names

    /// The index of a mirror's figures, which never changes while the process lives.
    ///
    /// - Parameter headers: the fields that it compares now.
    func index(of name: MirrorName, headers: [String]) -> Int32 {
        known.withLock { known in
            if known.names.isEmpty { makeMemory() }
            if let index = known.indexes[name] {
                known.headers[Int(index)] = headers
                return index
            }
            // The last row takes everything beyond the cap.
            let isLast = known.names.count >= Self.maximumRows - 1
            if isLast, known.names.count == Self.maximumRows { return Int32(Self.maximumRows - 1) }
            let index = Int32(known.names.count)
            known.names.append(isLast ? MirrorName(rule: "other", cluster: "") : name)
            known.headers.append(isLast ? [] : headers)
            if !isLast { known.indexes[name] = index }
            return index
        }
    }

    private func makeMemory() {
        let bytes = UnsafeMutableRawPointer.allocate(byteCount: Self.words * 8, alignment: 128)
        let start = unsafe bytes.bindMemory(to: Word.self, capacity: Self.words)
        for i in 0..<Self.words { unsafe (start + i).initialize(to: Word(0)) }
        unsafe memory.pointee.store(UInt(bitPattern: bytes), ordering: .releasing)
    }

    // MARK: Reading, from any thread

    /// Names with their index, in their order.
    var mirrors: [(index: Int, name: MirrorName, headers: [String])] {
        known.withLock { known in
            known.names.indices.map { ($0, known.names[$0], known.headers[$0]) }.sorted { $0.1 < $1.1 }
        }
    }

    func row(_ index: Int) -> [UInt64] {
        (0..<Row.count).map { unsafe view.word(index * Row.count + $0)?.pointee.load(ordering: .relaxed) ?? 0 }
    }
}

/// The book's memory as workers use it: plain data. Many may count in one row.
@safe struct MirrorView: @unchecked Sendable {
    // Unchecked: see `MirrorBook`.
    private let memory: UnsafeMutablePointer<Atomic<UInt>>

    @unsafe fileprivate init(_ memory: UnsafeMutablePointer<Atomic<UInt>>) { unsafe self.memory = memory }

    /// nil before there is any mirror.
    @inline(__always) func word(_ i: Int) -> UnsafeMutablePointer<MirrorBook.Word>? {
        let bits = unsafe memory.pointee.load(ordering: .acquiring)
        guard let start = unsafe UnsafeMutablePointer<MirrorBook.Word>(bitPattern: bits) else { return nil }
        return unsafe start + i
    }

    private func add(_ figures: Int32, _ place: Int, _ amount: UInt64 = 1) {
        precondition(figures >= 0 && Int(figures) < MirrorBook.maximumRows, "a mirror is counted where its book says")
        guard let word = unsafe word(Int(figures) &* MirrorBook.Row.count &+ place) else { return }
        unsafe word.pointee.wrappingAdd(amount, ordering: .relaxed)
    }

    /// One more copy is under way, unless there are `most`: a mirror that hangs shall leave room to others.
    func begin(_ figures: Int32, most: Int) -> Bool {
        guard let word = unsafe word(Int(figures) &* MirrorBook.Row.count &+ MirrorBook.Row.underWay) else { return false }
        if unsafe word.pointee.wrappingAdd(1, ordering: .relaxed).oldValue < UInt64(most) { return true }
        end(figures)
        return false
    }

    func end(_ figures: Int32) { add(figures, MirrorBook.Row.underWay, .max) }

    func count(_ figures: Int32, _ outcome: MirrorOutcome) { add(figures, MirrorBook.Row.outcomes &+ outcome.rawValue) }

    func count(_ figures: Int32, _ comparison: MirrorComparison) {
        add(figures, MirrorBook.Row.comparisons &+ comparison.rawValue)
    }

    /// Counts each field that differs.
    func count(_ figures: Int32, _ difference: Difference) {
        var bits = difference.rawValue
        while bits != 0 {
            add(figures, MirrorBook.Row.differences &+ bits.trailingZeroBitCount)
            bits &= bits &- 1
        }
    }

    /// How much later a copy was answered than its original, or earlier.
    func count(_ figures: Int32, primary: UInt64, mirror: UInt64) {
        let isSlower = mirror >= primary
        let difference = isSlower ? mirror &- primary : primary &- mirror
        let start = isSlower ? MirrorBook.Row.slower : MirrorBook.Row.faster
        add(figures, start, difference)
        add(figures, start &+ 1 &+ Latency.bucket(difference))
    }
}

/// In what two answers differ.
struct Difference: OptionSet, BitwiseCopyable {
    let rawValue: UInt32
    static let status = Difference(rawValue: 1)
    static let body = Difference(rawValue: 2)

    /// Bits that there are.
    static var count: Int { 2 + Mirror.maximumHeaders }
    private static var firstHeader: Int { 2 }

    static func header(_ i: Int) -> Difference { Difference(rawValue: 1 << UInt32(firstHeader + i)) }

    /// The word of a bit: a metric's label. - Parameter headers: names of the fields that are compared.
    static func word(_ bit: Int, _ headers: [String]) -> String {
        switch bit {
        case 0: "status"
        case 1: "bodyDigest"
        default: bit - firstHeader < headers.count ? "header:\(headers[bit - firstHeader])" : "header"
        }
    }

    func words(_ headers: [String]) -> [String] {
        (0..<Self.count).filter { rawValue & (1 << UInt32($0)) != 0 }.map { Self.word($0, headers) }
    }
}
