import Secure
import Testing

private let start: Int64 = 1_700_000_000
private let day: Int64 = 86_400

private func authority() throws -> CertificateAuthority {
    var template = CertificateTemplate(.authority, commonName: "test CA", validFrom: start, validUntil: start + 30 * day)
    template.organizations = ["Martlet"]
    return try .selfSigned(template)
}

@Suite struct CertificateTests {
    @Test func `a certificate says what its template said`() throws {
        var template = CertificateTemplate(.server, commonName: "shop.example.com", validFrom: start, validUntil: start + day)
        template.organizations = ["a", "b"]
        template.alternativeNames = [
            .dns("shop.example.com"), .dns("*.example.com"), .address([127, 0, 0, 1]),
            .address([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), .uri("spiffe://a/b"),
        ]
        let identity = try authority().issue(template)
        let certificate = identity.certificate
        #expect(certificate.commonName == "shop.example.com")
        #expect(certificate.organizations == ["a", "b"])
        #expect(certificate.subjectAlternativeNames == template.alternativeNames)
        #expect(certificate.validFrom == start)
        #expect(certificate.validUntil == start + day)
        #expect(!certificate.isAuthority)
    }

    @Test func `PEM and DER read back to the same certificate`() throws {
        let certificate = try authority().identity.certificate
        let again = try Certificate(der: certificate.der())
        let chain = try Certificate.chain(pem: certificate.pem() + Array("words between\n".utf8) + again.pem())
        #expect(chain.count == 2)
        #expect(try chain[0].fingerprint() == certificate.fingerprint())
        #expect(try chain[1].fingerprint() == certificate.fingerprint())
        #expect(certificate.isAuthority)
    }

    @Test func `a key matches only its own certificate`() throws {
        let ca = try authority()
        let one = try ca.issue(CertificateTemplate(.client, commonName: "one", validFrom: start, validUntil: start + day))
        let two = try ca.issue(CertificateTemplate(.client, commonName: "two", validFrom: start, validUntil: start + day))
        #expect(one.certificate.matches(one.key))
        #expect(!one.certificate.matches(two.key))
        let reread = try PrivateKey(pem: one.key.pem())
        #expect(one.certificate.matches(reread))
        #expect(throws: SecureError.self) { try Identity(certificate: one.certificate, key: two.key) }
    }

    @Test(arguments: [
        "", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n",
    ])
    func `damaged input is refused with a reason`(text: String) {
        #expect(throws: SecureError.self) { try Certificate.chain(pem: Array(text.utf8)) }
        #expect(throws: SecureError.self) { try Certificate(der: Array(text.utf8)) }
        #expect(throws: SecureError.self) { try PrivateKey(pem: Array(text.utf8)) }
    }

    @Test func `a certificate that may not sign makes no authority`() throws {
        let leaf = try authority().issue(CertificateTemplate(.server, commonName: "x", validFrom: start, validUntil: start + day))
        #expect(throws: SecureError.self) { try CertificateAuthority(identity: leaf) }
    }
}
