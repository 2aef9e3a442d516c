import Telemetry
import Testing

@Suite struct ExpositionTests {
    @Test func `a counter is written with its help, its type and escaped labels`() {
        var exposition = Exposition()
        exposition.family("martlet_requests_total", .counter, help: "Requests.\nAll of them.")
        exposition.sample([("route", "a\"b\\c"), ("code", "200")], 7)
        exposition.sample([("route", "x"), ("code", "500")], UInt64.max)
        #expect(
            exposition.text == """
                # HELP martlet_requests_total Requests.\\nAll of them.
                # TYPE martlet_requests_total counter
                martlet_requests_total{route="a\\"b\\\\c",code="200"} 7
                martlet_requests_total{route="x",code="500"} 18446744073709551615

                """)
    }

    @Test func `a histogram's buckets are cumulative and end with infinity`() {
        var exposition = Exposition()
        exposition.family("t_seconds", .histogram, help: "T.")
        exposition.histogram([("r", "x")], bounds: [0.005, 1], counts: [2, 0, 3], sum: 4.25)
        #expect(
            exposition.text.split(separator: "\n").dropFirst(2).joined(separator: "\n") == """
                t_seconds_bucket{r="x",le="0.005"} 2
                t_seconds_bucket{r="x",le="1"} 2
                t_seconds_bucket{r="x",le="+Inf"} 5
                t_seconds_sum{r="x"} 4.25
                t_seconds_count{r="x"} 5
                """)
    }

    @Test(arguments: [(Double.nan, "NaN"), (-.infinity, "-Inf"), (.infinity, "+Inf"), (0, "0"), (1e300, "1e+300"), (0.1, "0.1")])
    func `numbers are those of the format`(value: Double, written: String) {
        var exposition = Exposition()
        exposition.family("g", .gauge, help: "G.")
        exposition.sample([], value)
        #expect(exposition.text.hasSuffix("g \(written)\n"))
    }

    @Test func `an event is a line for people and a line for machines`() {
        let event = LogEvent(.warning, "watch ended", ["kind": "routes", "error": "connection \"reset\"\n", "code": ""])
        #expect(event.text == #"warning watch ended kind=routes error="connection \"reset\"\n" code="""#)
        #expect(
            event.json(time: "2026-01-01T00:00:00Z")
                == #"{"time":"2026-01-01T00:00:00Z","level":"warning","message":"watch ended","kind":"routes","error":"connection \"reset\"\n","code":""}"#
        )
        #expect(JSONText.quoted("\u{1}ä") == "\"\\u0001ä\"")
    }

    /// What a client sent may reach a log: it must not end a line, nor speak to the terminal that shows it (C1 controls do, in UTF-8).
    @Test func `no text breaks a line, a label or a terminal`() {
        for scalar in (0...0x2ff).compactMap({ UnicodeScalar($0 as UInt32) }) {
            let text = "a\(scalar)b"
            let lines = [LogEvent(.info, "m", ["f": text]).text, LogEvent(.info, text).json(time: "t")]
            for line in lines {
                let wild = line.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
                #expect(!wild, "U+\(String(scalar.value, radix: 16))")
            }
            var exposition = Exposition()
            exposition.family("x", .gauge, help: text)
            exposition.sample([("l", text)], 1)
            #expect(exposition.text.utf8.count { $0 == 0x0a } == 3)
        }
    }
}
