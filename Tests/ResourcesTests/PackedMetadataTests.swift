import Base
import Testing

@testable import Resources

/// Identities and times that are kept as numbers say what was written, whatever was written.
@Suite struct PackedMetadataTests {
    @Test(arguments: [
        "9d0fd1ad-4a1c-4bd0-8d5c-0123456789af", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "", "u",
        "9D0FD1AD-4A1C-4BD0-8D5C-0123456789AF", "9d0fd1ad04a1c-4bd0-8d5c-0123456789af", "9d0fd1ad-4a1c-4bd0-8d5c-0123456789ag",
        "9d0fd1ad-4a1c-4bd0-8d5c-0123456789a", "9d0fd1ad-4a1c-4bd0-8d5c-0123456789af0", "9d0fd1ad-4a1c-4bd0-8d5c-0123456789é",
    ])
    func `a uid is the text that was written`(text: String) {
        #expect(ObjectUID(text).description == text)
        #expect(ObjectUID(text).isEmpty == text.isEmpty)
    }

    @Test(arguments: UInt64(1)...50)
    func `two uids are the same when their texts are`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        func digits(_ count: Int) -> String {
            String((0..<count).map { _ in Array("0123456789abcdef")[Int(random.below(16))] })
        }
        let text = "\(digits(8))-\(digits(4))-\(digits(4))-\(digits(4))-\(digits(12))"
        #expect(ObjectUID(text).description == text)
        var other = Array(text)
        let at = Int(random.below(36))
        other[at] = other[at] == "0" ? "1" : "0"
        #expect(ObjectUID(text) != ObjectUID(String(other)), "\(text) at \(at)")
        #expect(ObjectUID(text) == ObjectUID(String(Array(text))))
    }

    static let times = [
        "", "0000-00-00T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z", "2026-01-01T00:00:00.5Z",
        "2026-01-01T00:00:00+01:00",
        "2026-01-01t00:00:00Z", "2025-12-31T23:59:59Z", "9999-99-99T99:99:99Z", "yesterday", "2026-01-01T00:00:0éZ",
    ]

    @Test(arguments: times, times)
    func `a time is the text that was written, and sorts as it does`(a: String, b: String) {
        #expect(CreationTime(a).description == a)
        #expect((CreationTime(a) < CreationTime(b)) == (a < b))
        #expect((CreationTime(a) == CreationTime(b)) == (a == b))
    }
}
