import Graph
import Secure
import Testing

@testable import Translator

/// What a certificate means at some moment and for some host.
struct CertificateFindingTests {
    private static let key = ObjectKey("shop", "a")

    private static func finding(_ names: String..., at now: Int64? = nil) -> CertificateFinding {
        CertificateFinding(
            .leaf(CertificateReading.Leaf(names: names, validFrom: 100, validUntil: 200, key: .ecdsa)), of: key, at: now)
    }

    @Test func `a certificate is good from its first second to its last, both included`() {
        let problems = [99, 100, 200, 201].map { Self.finding(at: $0).problem?.reason }
        #expect(problems == [.certificateOutOfTime, nil, nil, .certificateOutOfTime])
        #expect(Self.finding().problem == nil)
        let leaf = CertificateReading.Leaf(names: [], validFrom: 100, validUntil: 200, key: .ecdsa)
        #expect([0, 99, 100, 200, 201].map { leaf.nextMoment(after: $0) } == [100, 100, 201, 201, nil])
        // One that ends before it begins is never good, and nothing traps.
        let backward = CertificateReading.Leaf(names: [], validFrom: 200, validUntil: 100, key: .ecdsa)
        #expect([100, 150, 200].map { backward.isInTime($0) } == [false, false, false])
    }

    @Test func `a star stands for one label, and only at the beginning`() {
        let finding = Self.finding("a.example.com", "*.b.example.com", "*")
        func covers(_ pattern: HostPattern) -> Bool { finding.covers(pattern) }
        #expect(covers(.exact("a.example.com")))
        #expect(covers(.exact("x.b.example.com")))
        #expect(!covers(.exact("b.example.com")))
        #expect(!covers(.exact("x.y.b.example.com")))
        #expect(!covers(.exact("localhost")))
        #expect(covers(.wildcard("b.example.com", depth: .one)))
        #expect(covers(.wildcard("b.example.com", depth: .many)))
        #expect(!covers(.wildcard("example.com", depth: .one)))
        // Where nothing is known nothing is said.
        #expect(CertificateFinding(.pending, of: Self.key, at: nil).covers(.exact("z.example.com")))
    }
}
