import Base
import Fetch
import Testing

@testable import Kubernetes

struct PatienceTests {
    @Test(arguments: [429, 500, 503, 504])
    func `overload with a time to wait is waited for, a little longer than asked`(code: Int) throws {
        var patience = Patience(limit: .seconds(30), seed: 1)
        let answer = patience.wait(after: error(code, .seconds(5)), elapsed: .seconds(1))
        let wait = try #require(answer)
        #expect(wait >= .seconds(5) && wait <= .seconds(6))
    }

    @Test func `nothing else is tried again`() {
        var patience = Patience(limit: .seconds(30), seed: 1)
        #expect(patience.wait(after: error(429, nil), elapsed: .zero) == nil)
        #expect(patience.wait(after: error(409, .seconds(1)), elapsed: .zero) == nil)
        #expect(patience.wait(after: error(403, .seconds(1)), elapsed: .zero) == nil)
        let lost = FetchError(.connectionLost, origin: "https://a")
        #expect(patience.wait(after: APIError(.init(verb: "get", resource: "a"), .transport(lost)), elapsed: .zero) == nil)
    }

    @Test func `a wait that would end after the limit is not begun`() {
        var patience = Patience(limit: .seconds(10), seed: 1)
        #expect(patience.wait(after: error(429, .seconds(11)), elapsed: .zero) == nil)
        #expect(patience.wait(after: error(429, .seconds(2)), elapsed: .milliseconds(8001)) == nil)
        #expect(patience.wait(after: error(429, .seconds(2)), elapsed: .seconds(8)) == .seconds(2))
    }

    @Test(arguments: UInt64(1)...50)
    func `no attempt begins after the limit, and their number is bounded`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let limit = Duration.milliseconds(Int(random.below(60_000)))
        var patience = Patience(limit: limit, seed: seed)
        var elapsed = Duration.zero
        var count = 0
        while true {
            elapsed += .milliseconds(Int(random.below(2000)))
            guard let wait = patience.wait(after: error(503, .milliseconds(Int(random.below(3000)))), elapsed: elapsed) else {
                break
            }
            #expect(wait >= .milliseconds(100))
            elapsed += wait
            #expect(elapsed <= limit)
            count += 1
        }
        #expect(count <= Patience.retries)
    }

    private func error(_ code: Int, _ retryAfter: Duration?) -> APIError {
        APIError(.init(verb: "get", resource: "a"), .status(code: code, reason: "", message: "", retryAfter: retryAfter))
    }
}
