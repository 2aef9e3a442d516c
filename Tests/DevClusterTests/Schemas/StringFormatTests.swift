import Testing

@testable import DevCluster

@Suite struct StringFormatTests {
    @Test(arguments: [
        ("date-time", "2026-11-25T16:40:00Z", true), ("date-time", "2026-11-25T16:40:00.123456+01:00", true),
        ("date-time", "2026-11-25", false),
        ("date-time", "2026-13-25T16:40:00Z", false), ("date-time", "2026-11-25T25:40:00Z", false),
        ("date-time", "2026-11-25T16:40:00", false),
        ("date", "2026-11-25", true), ("date", "26-11-25", false), ("duration", "1h30m", true), ("duration", "1.5s", true),
        ("duration", "0", true),
        ("duration", "5", false), ("duration", "", false), ("duration", "1d", false), ("ipv4", "127.0.0.1", true),
        ("ipv4", "::1", false),
        ("ipv6", "::1", true), ("ipv6", "1.2.3.4", false), ("cidr", "10.0.0.0/8", true), ("cidr", "10.0.0.0", false),
        ("byte", "YWI=", true),
        ("byte", "YW", false), ("uuid", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", true), ("uuid", "f81d4fae", false),
        ("uri", "https://example.com/a", true), ("uri", "/a", false), ("uri", "a b:c", false),
        ("hostname", "anything goes", true),
    ])
    func `formats are checked as API servers do`(format: String, text: String, isAccepted: Bool) {
        #expect(StringFormats.accepts(text, format) == isAccepted)
    }
}
