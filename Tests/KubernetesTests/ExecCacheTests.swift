import Base
import Foundation
import Testing

@testable import Kubernetes

struct ExecCacheTests {
    private let wall = Date(timeIntervalSince1970: 1_000_000)

    @Test func `credentials without an end are used until they are refused`() {
        var cache = ExecCache(pause: .seconds(5))
        #expect(cache.next(wall: wall, now: at(0)) == .run)
        cache.ran(credential("a"), wall: wall, now: at(0))
        #expect(cache.next(wall: wall + 1e9, now: at(1_000_000)) == .use(bearer("a")))
        cache.refuse(bearer("somebody else's"))
        #expect(cache.next(wall: wall, now: at(1_000_000)) == .use(bearer("a")))
        cache.refuse(bearer("a"))
        #expect(cache.next(wall: wall, now: at(1_000_000)) == .run)
    }

    @Test func `credentials are renewed a little before they expire, by the wall clock`() {
        var cache = ExecCache(pause: .seconds(5))
        cache.ran(credential("a", expires: 3600), wall: wall, now: at(0))
        #expect(cache.next(wall: wall + 3589, now: at(3589)) == .use(bearer("a")))
        #expect(cache.next(wall: wall + 3590, now: at(3590)) == .run)
        // Short lives are not spent on being early.
        cache.ran(credential("b", expires: 20), wall: wall, now: at(4000))
        #expect(cache.next(wall: wall + 17, now: at(4017)) == .use(bearer("b")))
        #expect(cache.next(wall: wall + 18, now: at(4018)) == .run)
    }

    @Test func `a wall clock that jumps forward runs the plugin early, one that jumps back waits for the refusal`() {
        var cache = ExecCache(pause: .seconds(5))
        cache.ran(credential("a", expires: 3600), wall: wall, now: at(0))
        #expect(cache.next(wall: wall + 86_400, now: at(10)) == .run)
        #expect(cache.next(wall: wall - 86_400, now: at(7200)) == .use(bearer("a")))
        cache.refuse(bearer("a"))
        #expect(cache.next(wall: wall - 86_400, now: at(7200)) == .run)
    }

    @Test func `a plugin that fails or prints expired credentials does not run all the time`() {
        var cache = ExecCache(pause: .seconds(5))
        let error = AccessError("it failed")
        cache.ran(.failure(error), wall: wall, now: at(0))
        #expect(cache.next(wall: wall, now: at(4)) == .fail(error))
        #expect(cache.next(wall: wall, now: at(5)) == .run)
        cache.ran(credential("old", expires: -60), wall: wall, now: at(10))
        #expect(cache.next(wall: wall, now: at(14)) == .use(bearer("old")))
        #expect(cache.next(wall: wall, now: at(15)) == .run)
        cache.ran(credential("refused"), wall: wall, now: at(20))
        cache.refuse(bearer("refused"))
        #expect(cache.next(wall: wall, now: at(24)) == .use(bearer("refused")))
        #expect(cache.next(wall: wall, now: at(25)) == .run)
    }

    private func bearer(_ token: String) -> Credentials { Credentials(authorization: "Bearer " + token) }

    private func credential(_ token: String, expires: TimeInterval? = nil) -> Result<ExecCredential, AccessError> {
        .success(ExecCredential(bearer(token), expires: expires.map { wall + $0 }))
    }

    private func at(_ seconds: UInt64) -> Instant { Instant(nanoseconds: (seconds + 100) * 1_000_000_000) }
}
