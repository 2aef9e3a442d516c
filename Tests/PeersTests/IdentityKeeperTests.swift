import Secure
import Testing

@testable import Peers

/// What a leader does about the Secret as time goes by. Times are seconds since 1970.
@Suite struct IdentityKeeperTests {
    private let keeper = IdentityKeeper()
    private let now: Int64 = 1_800_000_000
    private let day: Int64 = 86_400
    private let hour: Int64 = 3_600

    private func written(_ data: [String: String], at time: Int64, isOurs: Bool = true) throws -> [String: String] {
        guard case .write(let data, _) = keeper.next(data, isOurs: isOurs, now: time) else {
            throw SecureError("nothing was written")
        }
        return data
    }

    private func isKept(_ data: [String: String], at time: Int64, isOurs: Bool = true) -> Bool {
        if case .keep = keeper.next(data, isOurs: isOurs, now: time) { true } else { false }
    }

    @Test func `an empty Secret is filled, whoever made it, and what is in it is good at once and for clocks behind`() throws {
        let data = try written([:], at: now, isOurs: false)
        let identity = try PeerIdentity(data)
        #expect(identity.problem(at: now) == nil)
        #expect(identity.problem(at: now - hour) == nil)
        #expect(identity.problem(at: now - hour - 1) == "it is not valid yet")
        #expect(identity.problem(at: now + 31 * day) == "it has expired")
        #expect(isKept(data, at: now))
        #expect(isKept(data, at: now + 19 * day))
    }

    @Test func `the certificate is renewed ten days before it ends, by the same authority`() throws {
        let data = try written([:], at: now)
        let renewed = try written(data, at: now + 20 * day + 1)
        #expect(renewed["ca.crt"] == data["ca.crt"])
        #expect(renewed["tls.crt"] != data["tls.crt"])
        #expect(try PeerIdentity(renewed).leaf.certificate.validUntil == now + 50 * day + 1)
        #expect(isKept(renewed, at: now + 20 * day + 1))
    }

    @Test func `an authority is believed before anything is signed with it, and the former one until nothing of it is in use`()
        throws
    {
        var data = try written([:], at: now)
        let last = now + 305 * day + 1
        // The certificate of that day.
        for time in stride(from: now, to: last, by: Int(15 * day)) {
            if case .write(let renewed, _) = keeper.next(data, isOurs: true, now: time) { data = renewed }
        }
        let before = try PeerIdentity(data)
        let announced = try written(data, at: last)
        #expect(announced["tls.crt"] == data["tls.crt"])
        #expect(try PeerIdentity(announced).authorities.count == 2)
        #expect(isKept(announced, at: last + hour - 1))
        let signed = try written(announced, at: last + hour)
        let after = try PeerIdentity(signed)
        #expect(after.authorities.count == 2)
        #expect(isKept(signed, at: last + 2 * hour - 1))
        let settled = try written(signed, at: last + 2 * hour)
        #expect(try PeerIdentity(settled).authorities.count == 1)
        #expect(settled["tls.crt"] == signed["tls.crt"])
        #expect(isKept(settled, at: last + 2 * hour))
        // Whoever has one state and whoever has the next believe what the other shows, at every step.
        let states = [before, try PeerIdentity(announced), after, try PeerIdentity(settled)]
        for (one, other) in zip(states, states.dropFirst()) {
            #expect(try believes(one, other))
            #expect(try believes(other, one))
        }
        #expect(try !believes(before, after))
        #expect(try !believes(before, states[3]))
    }

    /// Whether one believes in who issued the other's certificate, which is the newest of its authorities that came before it.
    private func believes(_ one: PeerIdentity, _ other: PeerIdentity) throws -> Bool {
        let leaf = other.leaf.certificate
        let issuer = try #require(other.authorities.first { $0.validFrom <= leaf.validFrom })
        return try one.authorities.contains { try $0.fingerprint() == issuer.fingerprint() }
    }

    @Test(arguments: ["ca.crt", "ca.key", "tls.crt", "tls.key"])
    func `what a leader wrote and somebody damaged is made anew`(_ key: String) throws {
        var data = try written([:], at: now)
        let before = data
        for damage in [nil, "", "!", Base64.encode(Array("garbage".utf8)), data[key]?.prefix(200).description] {
            data[key] = damage
            let after = try written(data, at: now)
            #expect(try PeerIdentity(after).problem(at: now) == nil)
            #expect(after["ca.crt"] != before["ca.crt"])
        }
    }

    @Test func `what has ended or begins in the future is made anew`() throws {
        let data = try written([:], at: now)
        #expect(try PeerIdentity(written(data, at: now + 400 * day)).problem(at: now + 400 * day) == nil)
        #expect(try PeerIdentity(written(data, at: now - 2 * hour)).problem(at: now - 2 * hour) == nil)
    }

    @Test func `what somebody else put there is used while it is good, and never written over`() throws {
        let data = try written([:], at: now)
        var foreign = data
        foreign["ca.key"] = nil
        #expect(isKept(foreign, at: now, isOurs: false))
        #expect(isKept(foreign, at: now + 29 * day, isOurs: false))
        foreign["tls.crt"] = Base64.encode(Array("secret words".utf8))
        for (data, time) in [(foreign, now), (data, now + 31 * day)] {
            guard case .refuse(let remedy) = keeper.next(data, isOurs: false, now: time) else {
                Issue.record("it was not refused")
                continue
            }
            #expect(remedy.contains("remove all data"))
            #expect(!remedy.contains("secret words"))
        }
    }
}
