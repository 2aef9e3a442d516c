import Secure
import Testing

@Suite struct TLSPolicyTests {
    @Test func `the usual policy is sound`() {
        let usual = TLSPolicy()
        #expect(usual.contradiction == nil)
        #expect(usual.ciphers.allSatisfy { TLSPolicy.problem(cipher: $0) == nil })
        #expect(usual.cipherSuites.allSatisfy { TLSPolicy.problem(cipherSuite: $0) == nil })
        #expect(usual.effectiveGroups.allSatisfy { TLSPolicy.problem(group: $0) == nil })
    }

    @Test(arguments: [
        ("ECDHE-RSA-AES128-SHA256", nil), ("AES128-GCM-SHA256", "has no forward secrecy by elliptic curves (ECDHE)"),
        ("ECDHE-RSA-NULL-SHA", "encrypts nothing"), ("AECDH-AES128-SHA", "proves nobody's identity"),
        ("TLS_AES_128_GCM_SHA256", "is no cipher of TLS 1.2; those of TLS 1.3 are cipher suites"),
        ("ALL", "is no cipher of TLS 1.2 that OpenSSL knows"), ("!ECDHE", "is no cipher that OpenSSL knows"),
        ("RC5", "is no cipher of TLS 1.2 that OpenSSL knows"), ("", "is no cipher that OpenSSL knows"),
    ])
    func `ciphers are judged one by one`(name: String, problem: String?) { #expect(TLSPolicy.problem(cipher: name) == problem) }

    @Test func `so are cipher suites and groups`() {
        #expect(TLSPolicy.problem(cipherSuite: "TLS_AES_128_CCM_SHA256") == nil)
        #expect(TLSPolicy.problem(cipherSuite: "ECDHE-RSA-AES128-GCM-SHA256") != nil)
        #expect(TLSPolicy.problem(group: "P-521") == nil && TLSPolicy.problem(group: "secp384r1") == nil)
        #expect(TLSPolicy.problem(group: "P-7") != nil && TLSPolicy.problem(group: "X25519:P-256") != nil)
    }

    @Test func `versions have an order`() {
        var policy = TLSPolicy()
        (policy.minimum, policy.maximum) = (.tls13, .tls12)
        #expect(policy.contradiction == "the minimum version 1.3 is above the maximum version 1.2")
    }
}
