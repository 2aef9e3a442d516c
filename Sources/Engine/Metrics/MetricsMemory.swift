import Base
import Pipeline
import Synchronization

/// One worker's counters: words that this worker alone writes and a scrape reads. Memory never moves; series rows are made when a
/// series is hit first.
@safe final class MetricsMemory: @unchecked Sendable {
    // Unchecked: every word is atomic; chunk addresses are published with release ordering.
    typealias Word = Atomic<UInt64>

    /// Words of a worker besides series: counters, then requests answered by reason, then the plan's generation.
    static let reasons = MetricsCounter.allCases.count
    static let generation = reasons + 256
    private static let words = generation + 1

    /// Where things lie in a series row.
    enum Row {
        /// Status classes 1xx to 5xx.
        static let classes = 0
        static let nanoseconds = 5
        static let received = 6
        static let sent = 7
        static let sessions = 8
        /// Statuses of 500 and above, and answers that their endpoint cut short.
        static let failures = 9
        static let buckets = 10
        static let count = buckets + Latency.bounds.count + 1
    }
    static let rowsPerChunk = 64
    /// One more row than there can be series: that of requests without a rule.
    static let maximumRows = PlanStore.maximumSeries + rowsPerChunk
    private static let maximumChunks = maximumRows / rowsPerChunk

    private let global: UnsafeMutablePointer<Word>
    private let chunks: UnsafeMutablePointer<Atomic<UInt>>

    private let plans: PlanStore

    /// - Parameter plans: where series get their index.
    init(_ plans: PlanStore) {
        self.plans = plans
        unsafe global = Self.make(Self.words)
        unsafe chunks = .allocate(capacity: Self.maximumChunks)
        for i in 0..<Self.maximumChunks { unsafe (chunks + i).initialize(to: Atomic(0)) }
    }

    deinit {
        for i in 0..<Self.maximumChunks {
            unsafe UnsafeMutableRawPointer(bitPattern: chunks[i].load(ordering: .acquiring))?.deallocate()
        }
        unsafe chunks.deallocate()
        unsafe UnsafeMutableRawPointer(global).deallocate()
    }

    @unsafe fileprivate static func make(_ words: Int) -> UnsafeMutablePointer<Word> {
        // Lines of their own: no other worker's words share them.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: words * 8, alignment: 128)
        let start = unsafe memory.bindMemory(to: Word.self, capacity: words)
        for i in 0..<words { unsafe (start + i).initialize(to: Word(0)) }
        return unsafe start
    }

    var view: MetricsView {
        unsafe MetricsView(
            global: global, chunks: chunks, plans: .passUnretained(plans), mirrors: plans.mirrors.view,
            callers: plans.callers.view)
    }

    // MARK: Scraping, from any thread

    func load(_ word: Int) -> UInt64 { unsafe global[word].load(ordering: .relaxed) }

    /// Adds the row of a series to `sum`, which has `Row.count` elements; false when the series was never hit here.
    @discardableResult func addRow(_ row: Int, to sum: inout [UInt64]) -> Bool {
        let bits = unsafe chunks[row / Self.rowsPerChunk].load(ordering: .acquiring)
        guard let chunk = unsafe UnsafeMutablePointer<Word>(bitPattern: bits) else { return false }
        let start = unsafe chunk + row % Self.rowsPerChunk * Row.count
        var any = false
        for i in 0..<Row.count {
            let value = unsafe start[i].load(ordering: .relaxed)
            any = any || value != 0
            sum[i] &+= value
        }
        return any
    }
}

/// The latency histogram's buckets.
enum Latency {
    /// Upper bounds in nanoseconds: half a millisecond to a minute.
    static let bounds: [UInt64] = [
        500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000, 60_000_000_000,
    ]

    /// The bucket of a duration; comparisons rather than a table, which would be a global behind a once-check.
    @inline(__always) static func bucket(_ ns: UInt64) -> Int {
        if ns <= 10_000_000 {
            return ns <= 500_000 ? 0 : ns <= 1_000_000 ? 1 : ns <= 2_500_000 ? 2 : ns <= 5_000_000 ? 3 : 4
        }
        if ns <= 500_000_000 {
            return ns <= 25_000_000 ? 5 : ns <= 50_000_000 ? 6 : ns <= 100_000_000 ? 7 : ns <= 250_000_000 ? 8 : 9
        }
        if ns <= 5_000_000_000 { return ns <= 1_000_000_000 ? 10 : ns <= 2_500_000_000 ? 11 : 12 }
        return ns <= 10_000_000_000 ? 13 : ns <= 30_000_000_000 ? 14 : ns <= 60_000_000_000 ? 15 : 16
    }
}

/// A worker's counters as it writes them: plain data. One writer, so that counting is a load and a store.
@safe struct MetricsView: @unchecked Sendable {
    // Unchecked: see `MetricsMemory`.
    private let global: UnsafeMutablePointer<MetricsMemory.Word>
    private let chunks: UnsafeMutablePointer<Atomic<UInt>>
    private let plans: Unmanaged<PlanStore>
    let mirrors: MirrorView
    let callers: CallerView

    @unsafe fileprivate init(
        global: UnsafeMutablePointer<MetricsMemory.Word>, chunks: UnsafeMutablePointer<Atomic<UInt>>,
        plans: Unmanaged<PlanStore>, mirrors: MirrorView, callers: CallerView
    ) {
        self.mirrors = mirrors
        self.callers = callers
        unsafe self.global = global
        unsafe self.chunks = chunks
        unsafe self.plans = plans
    }

    /// The index of a series that has its first request. Takes a lock.
    @inline(never) func series(_ name: SeriesName) -> Int32 { unsafe plans._withUnsafeGuaranteedRef { $0.series(name) } }

    @inline(__always) func add(_ counter: MetricsCounter, _ amount: UInt64 = 1) {
        unsafe Self.add(global + counter.rawValue, amount)
    }

    func accepted() { add(.downstreamAccepted) }
    func closed() { add(.downstreamClosed) }

    /// The worker serves this generation from now on.
    func serves(generation: UInt64) { unsafe global[MetricsMemory.generation].store(generation, ordering: .relaxed) }

    /// Counts an exchange that ended: its series, status class, reason, bytes and duration.
    @inline(__always)
    func finished(_ x: borrowing Exchange) {
        unsafe Self.add(global + (MetricsMemory.reasons + Int(x.reason.rawValue)), 1)
        count(x, in: x.series)
        if x.detourSeries >= 0 { countAgain(x) }
    }

    /// For the Service that it was for, beside its rule.
    @inline(never) private func countAgain(_ x: borrowing Exchange) { count(x, in: x.detourSeries) }

    @inline(__always) private func count(_ x: borrowing Exchange, in series: Int32) {
        let row = unsafe self.row(series)
        unsafe Self.add(row + MetricsMemory.Row.received, x.bytes.received)
        unsafe Self.add(row + MetricsMemory.Row.sent, x.bytes.sent)
        if x.version.isSession { return unsafe Self.add(row + MetricsMemory.Row.sessions, 1) }
        let statusClass = min(max(Int(x.status) / 100, 1), 5) - 1
        unsafe Self.add(row + (MetricsMemory.Row.classes + statusClass), 1)
        if statusClass == 4 || x.reason.isEndpoints { unsafe Self.add(row + MetricsMemory.Row.failures, 1) }
        let duration = x.times.end.nanoseconds(since: x.times.start)
        unsafe Self.add(row + MetricsMemory.Row.nanoseconds, duration)
        unsafe Self.add(row + (MetricsMemory.Row.buckets + Latency.bucket(duration)), 1)
    }

    @inline(__always) private static func add(_ word: UnsafeMutablePointer<MetricsMemory.Word>, _ amount: UInt64) {
        unsafe word.pointee.store(word.pointee.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }

    /// A series' row. Requests that matched no rule have a row of their own behind all series.
    @inline(__always) private func row(_ series: Int32) -> UnsafeMutablePointer<MetricsMemory.Word> {
        let index = series >= 0 && Int(series) < PlanStore.maximumSeries ? Int(series) : PlanStore.maximumSeries
        let chunk = index / MetricsMemory.rowsPerChunk
        let offset = index % MetricsMemory.rowsPerChunk &* MetricsMemory.Row.count
        let bits = unsafe chunks[chunk].load(ordering: .relaxed)
        if let start = unsafe UnsafeMutablePointer<MetricsMemory.Word>(bitPattern: bits) { return unsafe start + offset }
        return unsafe makeChunk(chunk) + offset
    }

    @inline(never) private func makeChunk(_ chunk: Int) -> UnsafeMutablePointer<MetricsMemory.Word> {
        let start = unsafe MetricsMemory.make(MetricsMemory.rowsPerChunk * MetricsMemory.Row.count)
        unsafe chunks[chunk].store(UInt(bitPattern: start), ordering: .releasing)
        return unsafe start
    }
}
