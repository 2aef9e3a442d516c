@testable import LastGood
import Testing

/// Which snapshots are served from; clocks jump.
@Suite struct AdmissionTests {
    private let admission = Admission(cluster: "a", maximumAge: 3600)

    private func refusal(_ written: Int64, now: Int64, cluster: String = "a") -> Admission.Refusal? {
        do throws(Admission.Refusal) {
            try admission.judge(.init(written: written, cluster: cluster, objects: 0), at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `age decides, to the second`() {
        #expect(refusal(1000, now: 1000) == nil)
        #expect(refusal(1000, now: 4600) == nil)
        #expect(refusal(1000, now: 4601) == .tooOld(age: 3601))
    }

    @Test func `a clock that was set back, or forward, refuses`() {
        #expect(refusal(1001, now: 1000) == .fromTheFuture(by: 1))
        #expect(refusal(1000, now: 0) == .fromTheFuture(by: 1000))
        #expect(refusal(1000, now: 1_000_000_000) == .tooOld(age: 999_999_000))
    }

    @Test func `no number traps`() {
        for written in [Int64.min, -1, 0, Int64.max] {
            for now in [Int64.min, -1, 0, Int64.max] where written != now {
                let refused = refusal(written, now: now)
                #expect(refused != nil || now - written == 1)
            }
        }
        #expect(refusal(.min, now: .max) == .tooOld(age: .max))
        #expect(refusal(.max, now: .min) == .fromTheFuture(by: .max))
    }

    @Test func `another cluster comes before everything else`() {
        #expect(refusal(1000, now: 0, cluster: "b") == .otherCluster)
        #expect(refusal(1000, now: 1000, cluster: "") == .otherCluster)
    }

    @Test func `server, authorities and scope make the identity`() {
        let base = ClusterIdentity.make(server: "https://a", authorities: [1], scope: [])
        #expect(base.count == 32)
        #expect(ClusterIdentity.make(server: "https://a", authorities: [1], scope: []) == base)
        #expect(ClusterIdentity.make(server: "https://b", authorities: [1], scope: []) != base)
        #expect(ClusterIdentity.make(server: "https://a", authorities: [2], scope: []) != base)
        #expect(ClusterIdentity.make(server: "https://a", authorities: nil, scope: []) != base)
        let two = ClusterIdentity.make(server: "https://a", authorities: [1], scope: ["x", "y"])
        #expect(two != base)
        #expect(ClusterIdentity.make(server: "https://a", authorities: [1], scope: ["y", "x", "y"]) == two)
    }
}
