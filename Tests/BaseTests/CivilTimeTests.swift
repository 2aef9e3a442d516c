import Base
import Foundation
import Testing

/// Dates and seconds.
@Suite struct CivilTimeTests {
    @Test func `dates are written as RFC 9110 and RFC 3339 say`() {
        #expect(CivilTime.httpDate(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(CivilTime.httpDate(951_827_696) == "Tue, 29 Feb 2000 12:34:56 GMT")
        #expect(CivilTime.rfc3339(784_111_777) == "1994-11-06T08:49:37Z")
    }

    @Test(
        arguments: [
            ("1994-11-06T08:49:37Z", 784_111_777), ("1994-11-06t09:49:37.5+01:00", 784_111_777),
            ("1994-11-06T03:19:37-05:30", 784_111_777), ("1970-01-01", 0), ("2000-02-29", 951_782_400),
        ] as [(String, Int64)])
    func `times are read`(text: String, seconds: Int64) { #expect(CivilTime.seconds(rfc3339: text) == seconds) }

    @Test(arguments: [
        "", "1994", "1994-13-06", "1994-00-01", "1994-02-30", "1999-02-29", "1994-11-06T", "1994-11-06T08:49:37",
        "1994-11-06T24:00:00Z",
        "1994-11-06T08:49:37.Z", "1994-11-06T08:49:37+1:00", "1994-11-06T08:49:37+24:00", "1994-11-06 08:49:37Z", "x994-11-06",
    ])
    func `what is no time is not read`(text: String) { #expect(CivilTime.seconds(rfc3339: text) == nil) }

    @Test func `what is written is read again`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let seconds = Int64(random.below(4_000_000_000)) - 1_000_000_000
            #expect(CivilTime.seconds(rfc3339: CivilTime.rfc3339(seconds)) == seconds)
        }
    }

    @Test(arguments: [
        Int64(0), -1, 951_782_399, 951_782_400, 951_868_800, 4_107_542_399, 1_767_225_599, -2_203_891_200, 253_402_300_799,
    ])
    func `moments are written as the calendar has them`(seconds: Int64) {
        #expect(CivilTime.rfc3339(seconds) == Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601))
    }
}
