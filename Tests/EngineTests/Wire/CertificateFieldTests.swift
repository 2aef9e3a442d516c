import Base
@testable import Engine
import Foundation
import HTTP
import Secure
import Testing

@Suite struct CertificateFieldTests {
    private static func line(_ change: (inout CertificateTemplate) -> Void) throws -> String {
        var template = CertificateTemplate(.client, commonName: "ann", validFrom: 0, validUntil: 4_000_000_000)
        change(&template)
        let ca = try CertificateAuthority.selfSigned(
            CertificateTemplate(.authority, commonName: "CA", validFrom: 0, validUntil: 4_000_000_000))
        let certificate = try ca.issue(template).certificate
        let text = String(decoding: try #require(CertificateField.line(certificate)), as: UTF8.self)
        let hash = try certificate.fingerprint().map { String(format: "%02x", $0) }.joined()
        return text.replacing(hash, with: "HASH")
    }

    @Test func `names stand in the order of their kinds, and the subject's last attribute first`() throws {
        let line = try Self.line {
            $0.organizations = ["Shop"]
            $0.alternativeNames = [.dns("a.example"), .uri("spiffe://shop/ann"), .dns("b.example"), .email("a@b.example")]
        }
        #expect(
            line
                == "x-forwarded-client-cert: Hash=HASH;Subject=\"CN=ann,O=Shop\";URI=spiffe://shop/ann;DNS=a.example;DNS=b.example\r\n"
        )
    }

    @Test func `what a certificate says cannot end the value, the element or the line`() {
        #expect(CertificateField.subject([("CN", "a\"b,c\r\nx: y;ü\\ ")]) == "CN=a\\\"b\\,c\\0d\\0ax: y\\;\\c3\\bc\\\\\\ ")
        #expect(CertificateField.word("x:\",;\u{e9} \\y\r\n") == "x:%22%2C%3B%C3%A9%20%5Cy%0D%0A")
    }

    @Test func `a certificate with more names than fit is told by as many as do`() throws {
        let line = try Self.line { $0.alternativeNames = (0..<1000).map { .dns("host-\($0).example.com") } }
        #expect(line.utf8.count <= 8100 && line.hasSuffix(".example.com\r\n"))
    }
}
