import CPCRE2

/// A pattern by address: plain data for rows of a plan that keeps the `Pattern` alive.
@safe public struct PatternHandle: @unchecked Sendable, BitwiseCopyable {
    // Unchecked: the code behind it is immutable.
    let code: OpaquePointer
    let isJIT: Bool

    /// Matches `subject`; groups are in `memory` afterwards. Allocates nothing.
    public func test(_ subject: borrowing Span<UInt8>, _ memory: inout PatternMemory) -> PatternOutcome {
        test(subject, from: 0, notEmpty: false, &memory)
    }

    func test(
        _ subject: borrowing Span<UInt8>, from start: Int, notEmpty: Bool, _ memory: inout PatternMemory
    ) -> PatternOutcome {
        guard subject.count <= Pattern.maximumSubject else { return .limit }
        let options = notEmpty ? PCRE2_NOTEMPTY_ATSTART : 0
        let result = unsafe subject.withUnsafeBufferPointer { buffer -> Int32 in
            // An empty span has no address, and PCRE2 wants one.
            var none: UInt8 = 0
            return unsafe withUnsafePointer(to: &none) { fallback in
                let bytes = unsafe buffer.baseAddress ?? fallback
                if isJIT {
                    return unsafe pcre2_jit_match_8(code, bytes, buffer.count, start, options, memory.data, memory.context)
                }
                return unsafe pcre2_match_8(code, bytes, buffer.count, start, options, memory.data, memory.context)
            }
        }
        if result >= 0 {
            memory.groupCount = result == 0 ? PatternMemory.maximumGroups : Int(result)
            return .match
        }
        memory.groupCount = 0
        return result == PCRE2_ERROR_NOMATCH ? .noMatch : .limit
    }

    /// Replaces every match in `subject`; the result is `memory.output`. `.noMatch` leaves the subject as it is and no output.
    public func substitute(
        _ subject: borrowing Span<UInt8>, _ template: borrowing Substitution, _ memory: inout PatternMemory
    ) -> PatternOutcome {
        memory.clearOutput()
        var copied = 0
        var found = false
        // After an empty match the next one must not be empty at the same place.
        var notEmpty = false
        while true {
            let outcome = test(subject, from: copied, notEmpty: notEmpty, &memory)
            if outcome == .limit { return .limit }
            guard outcome == .match, let range = memory.group(0), range.lowerBound >= copied else { break }
            found = true
            guard memory.write(subject.extracting(copied..<range.lowerBound)), template.write(subject, &memory) else {
                return .limit
            }
            copied = range.upperBound
            notEmpty = range.isEmpty
        }
        guard found else { return .noMatch }
        return memory.write(subject.extracting(copied..<subject.count)) ? .match : .limit
    }
}
