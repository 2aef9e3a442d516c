import CPCRE2

/// A compiled regular expression (PCRE2 syntax, bytes, no UTF mode): immutable, shared by all threads.
///
/// Matching happens through `PatternHandle`, which counts no references, in a `PatternMemory` that each thread owns.
@safe public final class Pattern: @unchecked Sendable {
    // Unchecked: PCRE2 documents compiled code as read-only and safe to share once JIT compilation is done.

    public enum Mode: Sendable {
        /// The expression must cover the subject from its first byte to its last.
        case whole
        /// Anywhere in the subject.
        case search
    }

    /// Longest expression accepted, in bytes.
    public static let maximumLength = 4096
    /// Longest subject; longer ones answer `.limit`.
    public static let maximumSubject = 65536
    private static let maximumNesting: UInt32 = 64

    public let text: String
    public let mode: Mode
    public let captureCount: Int
    private let code: OpaquePointer
    private let isJIT: Bool

    private init(text: String, mode: Mode, captureCount: Int, code: OpaquePointer, isJIT: Bool) {
        self.text = text
        self.mode = mode
        self.captureCount = captureCount
        unsafe self.code = code
        self.isJIT = isJIT
    }

    deinit { unsafe pcre2_code_free_8(code) }

    /// Compiles an expression that a user wrote.
    public static func compile(_ text: String, mode: Mode) throws(PatternError) -> Pattern {
        let bytes = Array(text.utf8)
        guard bytes.count <= maximumLength else {
            throw PatternError(offset: maximumLength, message: "longer than \(maximumLength) bytes")
        }
        guard let context = unsafe pcre2_compile_context_create_8(nil) else {
            throw PatternError(offset: 0, message: "out of memory")
        }
        defer { unsafe pcre2_compile_context_free_8(context) }
        unsafe pcre2_set_parens_nest_limit_8(context, maximumNesting)
        // `$` must not match before a final newline: a value that ends in one is not the value that was allowed.
        var options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C
        // Compile-time anchors, because JIT code ignores those given for one match.
        if mode == .whole { options |= PCRE2_ANCHORED | PCRE2_ENDANCHORED }
        var failure: Int32 = 0
        var offset = 0
        guard let code = unsafe pcre2_compile_8(bytes, bytes.count, options, &failure, &offset, context) else {
            throw PatternError(offset: min(offset, bytes.count), message: describe(failure))
        }
        var captures: UInt32 = 0
        _ = unsafe pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &captures)
        let isJIT = unsafe pcre2_jit_compile_8(code, PCRE2_JIT_COMPLETE) == 0
        return unsafe Pattern(text: text, mode: mode, captureCount: Int(captures), code: code, isJIT: isJIT)
    }

    /// What workers match with; valid while this object lives.
    public var handle: PatternHandle { unsafe PatternHandle(code: code, isJIT: isJIT) }

    private static func describe(_ code: Int32) -> String {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            let count = unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
            guard count > 0 else { return "error \(code)" }
            return unsafe String(decoding: buffer[0..<Int(count)], as: UTF8.self)
        }
    }
}

/// Why an expression was refused.
public struct PatternError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Byte offset in the expression.
    public let offset: Int
    public let message: String

    public var description: String { "\(message) at offset \(offset)" }
}

/// How a match ended.
public enum PatternOutcome: Sendable, BitwiseCopyable {
    case match, noMatch
    /// Given up: the expression would have taken too many steps or too much stack for this subject.
    case limit
}
