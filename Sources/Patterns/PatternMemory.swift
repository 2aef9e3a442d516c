import CPCRE2

/// What one thread needs to match: match data, a JIT stack and limits, made once. Also the bytes that a substitution writes.
@safe public struct PatternMemory: ~Copyable {
    /// Groups kept, the whole match included; later groups of an expression match but cannot be referred to.
    public static let maximumGroups = 32
    /// Longest result of a substitution.
    public static let maximumOutput = 65536
    /// Steps after which a match is given up: well below a millisecond.
    static let matchLimit: UInt32 = 100_000
    static let depthLimit: UInt32 = 1_000

    let data: OpaquePointer?
    let context: OpaquePointer?
    private let stack: OpaquePointer?
    var groupCount = 0
    private var bytes: [UInt8] = []
    /// Room in which a caller puts a subject together; left to it between calls.
    public var scratch: [UInt8] = []

    public init() {
        unsafe data = pcre2_match_data_create_8(UInt32(Self.maximumGroups), nil)
        unsafe context = pcre2_match_context_create_8(nil)
        unsafe stack = pcre2_jit_stack_create_8(32 * 1024, 256 * 1024, nil)
        unsafe pcre2_set_match_limit_8(context, Self.matchLimit)
        unsafe pcre2_set_depth_limit_8(context, Self.depthLimit)
        unsafe pcre2_set_heap_limit_8(context, 1024)
        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(stack))
    }

    deinit {
        unsafe pcre2_match_data_free_8(data)
        unsafe pcre2_match_context_free_8(context)
        unsafe pcre2_jit_stack_free_8(stack)
    }

    /// Where the i-th group of the last match lies in its subject; nil when it took no part. Group 0 is the whole match.
    public func group(_ i: Int) -> Range<Int>? {
        guard i >= 0, i < groupCount, let offsets = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
        let start = unsafe offsets[2 * i]
        let end = unsafe offsets[2 * i + 1]
        // A look-behind assertion with \K can report an end before its start; such a group counts as absent.
        guard start != Int.max, start >= 0, end >= start else { return nil }
        return start..<end
    }

    /// What the last successful substitution wrote.
    public var output: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span }
    }

    mutating func clearOutput() { bytes.removeAll(keepingCapacity: true) }

    mutating func write(_ piece: borrowing Span<UInt8>) -> Bool {
        guard bytes.count + piece.count <= Self.maximumOutput else { return false }
        for i in piece.indices { bytes.append(piece[i]) }
        return true
    }
}

extension PatternMemory {
    /// Lends this thread's memory, made at the first use and freed when the thread ends. Not to be nested.
    @inline(__always)
    public static func onThisThread<R>(_ body: (inout PatternMemory) -> R) -> R {
        let memory = unsafe martlet_pattern_slot()?.assumingMemoryBound(to: PatternMemory.self) ?? makeForThisThread()
        return unsafe body(&memory.pointee)
    }

    @inline(never)
    private static func makeForThisThread() -> UnsafeMutablePointer<PatternMemory> {
        let memory = UnsafeMutablePointer<PatternMemory>.allocate(capacity: 1)
        unsafe memory.initialize(to: PatternMemory())
        unsafe martlet_pattern_slot_set(memory) { raw in
            guard let memory = unsafe raw?.assumingMemoryBound(to: PatternMemory.self) else { return }
            unsafe memory.deinitialize(count: 1)
            unsafe memory.deallocate()
        }
        return unsafe memory
    }
}
