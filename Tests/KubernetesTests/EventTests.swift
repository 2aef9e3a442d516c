import Base
import Documents
import Foundation
import Synchronization
import TestKit
import Testing

@testable import Kubernetes

@Suite(.timeLimit(.minutes(5)))
struct EventTests {
    private func note(_ message: String, about name: String = "web") -> EventRecorder.Note {
        .init(
            .warning, apiVersion: "v1", kind: "Service", object: ObjectKey(namespace: "shop", name: name), uid: "u",
            reason: "Broken", message: message)
    }

    private func at(_ seconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: 1_000_000 + seconds * 1000) }

    // MARK: - Limits

    @Test func `the same thing is said once in ten minutes, unless it was not said after all`() {
        var limits = EventLimits()
        #expect(limits.admit(note("a"), at: at(0)) == .write)
        #expect(limits.admit(note("a"), at: at(599)) == .repeated)
        #expect(limits.admit(note("b"), at: at(599)) == .write)
        #expect(limits.admit(note("a"), at: at(600)) == .write)
        limits.forget(note("a"))
        #expect(limits.admit(note("a"), at: at(601)) == .write)
    }

    @Test func `an object that changes for the worse all the time has 25 Events, and then one in five minutes`() {
        var limits = EventLimits()
        #expect((0..<100).count { limits.admit(note("\($0)"), at: at(0)) == .write } == 25)
        #expect(limits.admit(note("again"), at: at(299)) == .excessive)
        #expect(limits.admit(note("again"), at: at(300)) == .write)
        #expect(limits.admit(note("other"), at: at(300)) == .excessive)
        #expect(limits.admit(note("other", about: "quiet"), at: at(300)) == .write)
    }

    @Test func `a thousand objects that break at once have an Event each, 50 at once and then 10 a second`() {
        var limits = EventLimits()
        for i in 0..<1000 { #expect(limits.admit(note("broken", about: "web-\(i)"), at: at(0)) == .write) }
        var now = at(0)
        var writes: [Instant] = []
        while writes.count < 1000 {
            guard let wait = limits.turn(at: now) else {
                writes.append(now)
                continue
            }
            now = now.advanced(byNanoseconds: wait.wholeNanoseconds)
        }
        #expect(writes.count { $0 == at(0) } == 50)
        #expect(writes[49] == at(0) && writes[50] > at(0))
        #expect((149...150).contains(writes.count { $0 <= at(10) }))
        #expect(now.duration(since: at(95)) < .milliseconds(10))
    }

    @Test func `what is remembered is bounded`() {
        var limits = EventLimits()
        for i in 0..<3 * EventLimits.remembered { #expect(limits.admit(note("broken", about: "web-\(i)"), at: at(0)) == .write) }
    }

    // MARK: - Recording

    /// An API server with one Event of that time, or none. - Returns: what was asked.
    private func record(lastSaid: Date?, count: String = "4", create: Int = 201) async throws -> (
        outcome: EventRecorder.Outcome, asked: [String]
    ) {
        let seen = Mutex<[String]>([])
        let server = try ScriptedServer { request, reply in
            seen.withLock { $0.append(request.method) }
            if request.method == "POST" {
                return reply.respond(create, #"{"kind":"Status","code":409,"reason":"AlreadyExists","metadata":{"name":"x"}}"#)
            }
            if request.method == "PATCH" { seen.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) } }
            guard let lastSaid else { return reply.respond(404, #"{"kind":"Status","code":404}"#) }
            reply.respond(200, #"{"metadata":{"name":"x"},"count":\#(count),"lastTimestamp":"\#(Timestamp.text(lastSaid))"}"#)
        }
        defer { server.stop() }
        let recorder = EventRecorder(APIClient(ClusterAccess(server: server.url)), component: "martlet", instance: "test")
        return (try await recorder.record(note("It is.")), seen.withLock { $0 })
    }

    @Test func `an Event that nobody wrote is created, and one that another replica creates in this moment is there`()
        async throws
    {
        var (outcome, asked) = try await record(lastSaid: nil)
        #expect(outcome == .written && asked == ["GET", "POST"])
        (outcome, asked) = try await record(lastSaid: nil, create: 409)
        #expect(outcome == .repeated && asked == ["GET", "POST"])
    }

    @Test func `an Event of lately is left alone, whoever wrote it`() async throws {
        for age in [5.0, 590, -300] {
            let (outcome, asked) = try await record(lastSaid: Date().addingTimeInterval(-age))
            #expect(outcome == .repeated && asked == ["GET"])
        }
    }

    @Test func `an older one is counted up, and one from a far future too`() async throws {
        for age in [700.0, -90_000] {
            let (outcome, asked) = try await record(lastSaid: Date().addingTimeInterval(-age))
            #expect(outcome == .written && asked.prefix(2) == ["GET", "PATCH"])
            #expect(asked.last?.contains(#""count":5"#) == true)
        }
    }

    @Test func `a count that cannot grow begins anew`() async throws {
        for full in ["2147483647", "9223372036854775807"] {
            let (outcome, asked) = try await record(lastSaid: .distantPast, count: full)
            #expect(outcome == .written && asked.last?.contains(#""count":1,"#) == true)
        }
    }

    @Test func `who may write no longer when it was looked up does not`() async throws {
        let server = try ScriptedServer { request, reply in
            #expect(request.method == "GET")
            reply.respond(404, #"{"kind":"Status","code":404}"#)
        }
        defer { server.stop() }
        let recorder = EventRecorder(APIClient(ClusterAccess(server: server.url)), component: "martlet", instance: "test")
        #expect(try await recorder.record(note("It is.")) { false } == .notAllowed)
    }
}
