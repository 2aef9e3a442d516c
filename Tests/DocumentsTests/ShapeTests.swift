import Documents
import Testing

private struct Thing: Equatable, Sendable {
    var name = "none"
    var size: Int?
    var parts: [String] = []
}

@Suite struct ShapeTests {
    private static let shape = Shape<Thing>.object(
        "Thing", Thing(),
        [
            Field("name", \.name, .string(maxLength: 5, minLength: 1), required: true, "Name."),
            Field("size", \.size, .integer(1...9), "Size."),
            Field("parts", \.parts, .list(.string, max: 3), "Parts."),
        ])

    private func read(_ value: Value) -> (Thing?, [String]) {
        var problems = FieldProblems()
        let thing = Self.shape.read(value, into: &problems)
        return (thing, problems.all.map { "\($0.severity) \($0.kind) \($0.path)" })
    }

    @Test(
        arguments: [
            (["name": "a", "size": 3, "parts": ["x"]], Thing(name: "a", size: 3, parts: ["x"]), []),
            (["name": "a", "size": .number(3)], Thing(name: "a", size: 3), []),
            ([:], Thing(), ["error missing name"]), (["name": .null], Thing(), ["error missing name"]),
            (["name": ""], Thing(), ["error invalidValue name"]),
            (["name": 5], Thing(), ["error wrongType name"]), (["name": "toolong"], Thing(), ["error invalidValue name"]),
            (["name": "a", "size": 0], Thing(name: "a"), ["error invalidValue size"]),
            (["name": "a", "size": "3"], Thing(name: "a"), ["error wrongType size"]),
            (["name": "a", "size": .number(1e300)], Thing(name: "a"), ["error wrongType size"]),
            (["name": "a", "nmae": 1], Thing(name: "a"), ["warning unknownField nmae"]),
            (["name": "a", "parts": ["x", 1, "y"]], Thing(name: "a", parts: ["x", "y"]), ["error wrongType parts[1]"]),
            (
                ["name": "a", "parts": ["1", "2", "3", "4"]], Thing(name: "a", parts: ["1", "2", "3"]),
                ["error invalidValue parts"]
            ),
        ] as [(Value, Thing, [String])])
    fileprivate func `what is unusable is reported and left out`(value: Value, thing: Thing, problems: [String]) {
        let (read, found) = read(value)
        #expect(read == thing)
        #expect(found == problems)
    }

    @Test func `what is no object is nothing`() {
        let (thing, problems) = read([1])
        #expect(thing == nil)
        #expect(problems == ["error wrongType "])
    }

    /// The API server counts code points: five thousand accents on one letter are five thousand and one.
    @Test func `a length counts code points, so that it bounds memory`() {
        let (_, problems) = read(["name": .string("a" + String(repeating: "\u{301}", count: 5000))])
        #expect(problems == ["error invalidValue name"])
        #expect(read(["name": "äöüéß"]).1.isEmpty)
    }

    /// A megabyte of misspelt fields costs neither memory in complaints nor minutes in finding their nearest neighbours.
    @Test(.timeLimit(.minutes(5))) func `a hostile object is read in time and complained about within bounds`() {
        var members = Value.Fields([("name", "a")])
        for i in 0..<50_000 { members["field-that-nobody-declared-\(i)"] = 1 }
        let (thing, problems) = read(.object(members))
        #expect(thing == Thing(name: "a"))
        #expect(problems.count == FieldProblems.maximum)
    }

    @Test(arguments: [
        ("nmae", "name"), ("size", "size"), ("siz", "size"), ("sizes", "size"), ("NAME", "name"), ("prats", "parts"), ("x", nil),
        ("completely-different", nil), ("", nil),
        ("nm", nil),
    ])
    func `the nearest name is one that could have been meant`(written: String, nearestName: String?) {
        #expect(nearest(to: written, among: ["name", "size", "parts"]) == nearestName)
    }
}

@Suite struct ScalarsTests {
    @Test(arguments: [
        ("0s", Duration.zero), ("1h30m", .seconds(5400)), ("500ms", .milliseconds(500)), ("1s500ms", .milliseconds(1500)),
        ("99999h", .seconds(359_996_400)),
    ])
    func `durations are read`(text: String, duration: Duration) { #expect(Scalars.duration(text) == duration) }

    @Test(arguments: [
        "", "5", "s", "1.5s", "-1s", "+1s", "1d", "1S", "100000s", " 1s", "1s ", "1us", "1h1m1s1ms1h", "1mss", "١s", "1\u{301}s",
        "0x1s",
    ])
    func `what is no duration is refused`(text: String) { #expect(Scalars.duration(text) == nil) }

    @Test(
        arguments: [
            ("512", 512), ("10Mi", 10_485_760), ("1G", 1_000_000_000), ("1e6", 1_000_000), ("1E6", 1_000_000), ("1k", 1000),
            ("0.5Ki", 512), ("100m", 1), ("0", 0), ("1E", 1_000_000_000_000_000_000),
            ("7Ei", 8_070_450_532_247_928_832),
        ] as [(String, Int64)])
    func `quantities are read in bytes`(text: String, bytes: Int64) { #expect(Scalars.quantity(text) == bytes) }

    @Test(arguments: [
        "", "Mi", "-1", "+1Mi", "1 Mi", "1MiB", "1mi", "0x10", "0x1p4", "1e400", "9Ei", "1e6Mi", "nan", "inf", "1_000", "1,5",
        "1..5", "1Ki1",
    ])
    func `what is no quantity is refused`(text: String) { #expect(Scalars.quantity(text) == nil) }

    @Test(arguments: [("0", 0), ("5", 500), ("99.5", 9950), ("0.05", 5), ("100", 10_000), ("100.00", 10_000), ("007", 700)])
    func `percentages are exact to hundredths`(text: String, hundredths: Int) {
        #expect(Percentage(text)?.hundredths == hundredths)
        #expect(Percentage(text).flatMap { Percentage($0.description) } == Percentage(text))
    }

    @Test(arguments: ["", "100.01", "101", "-1", "+1", "5%", "1.234", ".5", "5.", "1e1", "٥", "1 ", "0x1"])
    func `what is no percentage is refused`(text: String) { #expect(Percentage(text) == nil) }
}
