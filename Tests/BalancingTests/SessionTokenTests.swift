import Balancing
import Base
import Testing

@Suite struct SessionTokenTests {
    private func text(_ token: SessionToken) -> String {
        String(decoding: (0..<SessionToken.length).map { token.character($0) }, as: UTF8.self)
    }

    private func read(_ text: String) -> SessionToken? { SessionToken(Array(text.utf8).span) }

    @Test func `what is written is read`() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<1000 {
            let token = SessionToken(ticket: random.next(), issued: UInt32(truncatingIfNeeded: random.next()))
            #expect(text(token).utf8.count == SessionToken.length)
            #expect(read(text(token)) == token)
        }
        #expect(text(SessionToken(ticket: 0x0123_4567_89ab_cdef, issued: 1_700_000_000)) == "ASNFZ4mrze9lU_EA")
    }

    @Test(
        arguments: [
            "", "canary", "ASNFZ4mrze9lU_E", "ASNFZ4mrze9lU_EAA", "ASNFZ4mrze9lU+EA", "ASNFZ4mrze9lU/EA", "ASNFZ4mrze9lU_E=",
            "\"NFZ4mrze9lU_EA\"", "ASNFZ4mrze9lU EA", "AAAAAAAAAAAlU_EA", "ASNFZ4mrze9lÜEA", "ASNFZ4mrze9lU\u{0}EA",
        ])
    func `anything else is no token`(_ text: String) { #expect(read(text) == nil) }

    @Test func `a ticket is never the one that means none`() { #expect(SessionToken(ticket: 0, issued: 1).ticket != 0) }

    @Test func `it counts for its lifetime, and not from the future`() {
        let token = SessionToken(ticket: 7, issued: 1000)
        #expect(token.isCurrent(at: 1000, lifetime: 60) && token.isCurrent(at: 1060, lifetime: 60))
        #expect(!token.isCurrent(at: 1061, lifetime: 60))
        #expect(token.isCurrent(at: .max, lifetime: nil))
        // The clocks of replicas differ a little.
        #expect(token.isCurrent(at: 1000 - SessionToken.leeway, lifetime: 60))
        #expect(!token.isCurrent(at: 1000 - SessionToken.leeway - 1, lifetime: nil))
    }

    @Test(arguments: 1...5)
    func `no bytes are read as a token that is written otherwise`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let alphabet = Array("ABCxyz019-_+/= ;\"".utf8)
        for _ in 0..<5000 {
            let bytes = (0..<(14 + Int(random.below(4)))).map { _ in
                random.below(20) == 0
                    ? UInt8(truncatingIfNeeded: random.next()) : alphabet[Int(random.below(UInt32(alphabet.count)))]
            }
            if let token = SessionToken(bytes.span) { #expect(Array(text(token).utf8) == bytes) }
        }
    }
}
