import Patterns

/// The first line is an expression, the second a template, the rest a subject: compiling, matching and substituting end in an
/// outcome, groups lie in the subject, and a whole match starts at 0 and ends at the end.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let parts = UnsafeBufferPointer(start: bytes, count: count).split(
        separator: 10, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return 0 }
    let subject = Array(parts[2])
    var memory = PatternMemory()
    for mode in [Pattern.Mode.whole, .search] {
        guard let pattern = try? Pattern.compile(String(decoding: parts[0], as: UTF8.self), mode: mode) else { return 0 }
        if pattern.handle.test(subject.span, &memory) == .match {
            for i in 0..<PatternMemory.maximumGroups {
                guard let group = memory.group(i) else { continue }
                precondition(group.upperBound <= subject.count)
            }
            if mode == .whole { precondition(memory.group(0)?.upperBound == subject.count) }
        }
        let template = String(decoding: parts[1], as: UTF8.self)
        guard let substitution = try? Substitution(template, captureCount: pattern.captureCount) else { continue }
        if pattern.handle.substitute(subject.span, substitution, &memory) == .match {
            precondition(memory.output.count <= PatternMemory.maximumOutput)
        }
    }
    return 0
}
