import Patterns
import Testing

private func outcome(_ pattern: String, _ subject: String, _ mode: Pattern.Mode = .whole) throws -> PatternOutcome {
    var memory = PatternMemory()
    let pattern = try Pattern.compile(pattern, mode: mode)
    return pattern.handle.test(Array(subject.utf8).span, &memory)
}

private func replaced(_ pattern: String, _ template: String, _ subject: String) throws -> String? {
    var memory = PatternMemory()
    let pattern = try Pattern.compile(pattern, mode: .search)
    let template = try Substitution(template, captureCount: pattern.captureCount)
    guard pattern.handle.substitute(Array(subject.utf8).span, template, &memory) == .match else { return nil }
    let output = memory.output
    return String(decoding: output.indices.map { output[$0] }, as: UTF8.self)
}

@Suite struct PatternTests {
    @Test(arguments: [
        ("/a/[0-9]+", "/a/12", true), ("/a/[0-9]+", "/a/12/x", false), ("/a/[0-9]+", "x/a/12", false), ("a|ab", "ab", true),
        ("^on$", "on", true), ("^on$", "on\n", false), ("", "", true), ("(?i)shop", "SHOP", true), (".*", "\u{e9}", true),
    ])
    func `a whole match covers the subject from end to end`(pattern: String, subject: String, matches: Bool) throws {
        #expect(try outcome(pattern, subject) == (matches ? .match : .noMatch))
    }

    @Test func `a search matches anywhere`() throws {
        #expect(try outcome("b+", "abba", .search) == .match)
        #expect(try outcome("c", "abba", .search) == .noMatch)
    }

    @Test func `an expression that explodes is given up`() throws {
        #expect(try outcome("(a+)+$", String(repeating: "a", count: 40) + "b", .search) == .limit)
        #expect(try outcome("(x+x+)+[yz]", String(repeating: "x", count: 60), .whole) == .limit)
    }

    @Test func `a subject beyond the cap is given up`() throws {
        #expect(try outcome(".*", String(repeating: "a", count: Pattern.maximumSubject)) == .match)
        #expect(try outcome(".*", String(repeating: "a", count: Pattern.maximumSubject + 1)) == .limit)
    }

    @Test(arguments: [("/a(", 3), ("[z", 2), ("a{2,1}", 5), ("*", 0), (#"\"#, 1), ("(?<n>a)(?<n>b)", 12)])
    func `a broken expression is refused with its offset`(pattern: String, offset: Int) {
        let error = #expect(throws: PatternError.self) { try Pattern.compile(pattern, mode: .whole) }
        #expect(error?.offset == offset)
        #expect(error?.message.isEmpty == false)
    }

    @Test func `an expression may not switch on what makes matching unsafe or unbounded`() {
        #expect(throws: PatternError.self) { try Pattern.compile(#"(*UTF)a"#, mode: .whole) }
        #expect(throws: PatternError.self) { try Pattern.compile(#"\C"#, mode: .whole) }
        #expect(throws: PatternError.self) { try Pattern.compile(String(repeating: "(", count: 100), mode: .whole) }
        #expect(throws: PatternError.self) { try Pattern.compile(String(repeating: "a", count: 5000), mode: .whole) }
        #expect(throws: PatternError.self) { try Pattern.compile("((a{60000}){60000})", mode: .whole) }
    }

    @Test func `groups are reported where they lie`() throws {
        var memory = PatternMemory()
        let pattern = try Pattern.compile("/(a)?(b)/(.*)", mode: .whole)
        #expect(pattern.handle.test(Array("/b/cd".utf8).span, &memory) == .match)
        #expect(memory.group(0) == 0..<5)
        #expect(memory.group(1) == nil)
        #expect(memory.group(2) == 1..<2)
        #expect(memory.group(3) == 3..<5)
        #expect(memory.group(4) == nil)
    }

    @Test(arguments: [
        ("^/v1/(.*)$", "/v2/$1", "/v1/x/y", "/v2/x/y"), ("^/v1/(.*)$", #"/v2/\1"#, "/v1/x", "/v2/x"),
        ("(a)(b)?", "[${1}0$2]", "ab a", "[a0b] [a0]"), ("x", "$$1\\\\", "axb", "a$1\\b"), ("b*", "-", "abc", "-a--c-"),
        ("/+", "/", "//a///b", "/a/b"), ("$", "!", "a", "a!"), ("a", "$", "a", "$"), ("a", "$x", "a", "$x"),
        ("a", "", "banana", "bnn"),
    ])
    func `a substitution puts groups into the text`(pattern: String, template: String, subject: String, expected: String) throws {
        #expect(try replaced(pattern, template, subject) == expected)
    }

    @Test func `a substitution without a match says so`() throws {
        #expect(try replaced("z", "y", "abc") == nil)
    }

    @Test(arguments: ["$2", "${9}", #"\3"#, "${x}", "${1"])
    func `a template that refers to no group is refused`(template: String) {
        #expect(throws: PatternError.self) { try Substitution(template, captureCount: 1) }
    }

    @Test func `a substitution that grows without end is given up`() throws {
        let pattern = try Pattern.compile("a", mode: .search)
        let template = try Substitution(String(repeating: "b", count: 1000), captureCount: 0)
        var memory = PatternMemory()
        let subject = [UInt8](repeating: UInt8(ascii: "a"), count: 100)
        #expect(pattern.handle.substitute(subject.span, template, &memory) == .limit)
    }
}
