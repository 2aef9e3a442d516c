import Base
import Documents
import Kubernetes
import Resources
import Testing
import Translator

@testable import Controller

@Suite struct InboxTests {
    private func at(_ milliseconds: UInt64) -> Instant { Instant.zero.advanced(byMilliseconds: 1000 + milliseconds) }

    private func put(_ kind: ResourceKind, _ name: String) -> SourceChange {
        .put(kind, Arrival(Located(value: ["metadata": ["name": .string(name)]])))
    }

    private func batch(_ changes: [SourceChange], at time: UInt64, isComplete: Bool = true, isWhole: Bool = false) -> SourceBatch
    {
        SourceBatch(changes, receivedAt: at(time), isComplete: isComplete, isWhole: isWhole)
    }

    private func names(_ round: Inbox.Round?) -> [String] {
        (round?.changes ?? []).map { change in
            guard case .put(_, let arrival) = change else { return "?" }
            return arrival.document.value[at: "metadata", "name"]?.string ?? "?"
        }
    }

    /// An inbox whose first translation is over and that is quiet.
    private func quiet() -> Inbox {
        var inbox = Inbox()
        _ = inbox.add(batch([], at: 0), at: at(0))
        let round = inbox.take(at: at(0))
        _ = inbox.finished(round, startedAt: at(0), at: at(0))
        return inbox
    }

    @Test func `what comes together is taken together, in order`() {
        var inbox = quiet()
        #expect(inbox.add(batch([put(Route.kind, "a"), put(Route.kind, "b")], at: 100), at: at(100)) == at(100))
        #expect(inbox.add(batch([put(Ingress.kind, "c")], at: 101), at: at(101)) == nil)
        let round = inbox.take(at: at(101))
        #expect(names(round) == ["a", "b", "c"])
        #expect(round?.oldest == at(100))
    }

    @Test func `a change soon after a round waits, endpoints do not`() {
        var inbox = quiet()
        _ = inbox.add(batch([put(Route.kind, "a")], at: 100), at: at(100))
        let first = inbox.take(at: at(100))
        #expect(inbox.finished(first, startedAt: at(100), at: at(101)) == nil)
        #expect(inbox.add(batch([put(Route.kind, "b")], at: 102), at: at(102)) == at(106))
        #expect(inbox.add(batch([put(EndpointSlice.kind, "slice")], at: 103), at: at(103)) == at(103))
        let endpoints = inbox.take(at: at(103))
        #expect(names(endpoints) == ["slice"])
        #expect(endpoints?.isPaced == false)
        #expect(inbox.finished(endpoints, startedAt: at(103), at: at(103)) == at(106))
        #expect(names(inbox.take(at: at(106))) == ["b"])
    }

    @Test func `a folder's reading is never divided`() {
        var inbox = quiet()
        _ = inbox.add(batch([put(EndpointSlice.kind, "slice"), put(Route.kind, "a")], at: 100, isWhole: true), at: at(100))
        #expect(names(inbox.take(at: at(100))) == ["slice", "a"])
    }

    @Test func `what is listed before everything is, is taken without a translation, and the last list calls for one`() {
        var inbox = Inbox()
        #expect(inbox.add(batch([put(Route.kind, "a")], at: 0, isComplete: false), at: at(0)) == at(0))
        let early = inbox.take(at: at(0))
        #expect(early?.isComplete == false)
        _ = inbox.finished(early, startedAt: at(0), at: at(1))
        // Nothing in it, and yet news.
        #expect(inbox.add(batch([], at: 2), at: at(2)) == at(2))
        #expect(inbox.take(at: at(2))?.isComplete == true)
    }

    @Test func `a storm is taken in parts without a pause, in order, and its marks hold with the last`() {
        var inbox = quiet()
        let (routes, slices) = ((0..<2500).map { "r\($0)" }, (0..<1200).map { "s\($0)" })
        var storm = batch(routes.map { put(Route.kind, $0) } + slices.map { put(EndpointSlice.kind, $0) }, at: 100)
        storm.marks["routes.martlet.dev"] = "9"
        #expect(inbox.add(storm, at: at(100)) == at(100))
        var taken: [[String]] = []
        var time: UInt64 = 100
        var due: Instant? = at(100)
        while due.map({ $0 <= at(time) }) == true, let round = inbox.take(at: at(time)) {
            taken.append(names(round))
            #expect(round.marks.isEmpty == (taken.count < 3))
            #expect(round.oldest == at(100))
            time += 7
            due = inbox.finished(round, startedAt: at(time - 7), at: at(time))
        }
        #expect(due == nil)
        #expect(taken.map(\.count) == [2048, 1024 + 176, 452])
        #expect(taken.joined().filter { $0.hasPrefix("r") } == routes)
        #expect(taken.joined().filter { $0.hasPrefix("s") } == slices)
        // What comes then waits as after any round.
        #expect(inbox.add(batch([put(Route.kind, "b")], at: time + 1), at: at(time + 1)) == at(time + 7))
    }

    @Test func `marks wait for endpoints that were left, and a folder's reading is one round however long`() {
        var inbox = quiet()
        var storm = batch((0..<1100).map { put(EndpointSlice.kind, "s\($0)") }, at: 100)
        storm.marks["endpointslices.discovery.k8s.io"] = "9"
        _ = inbox.add(storm, at: at(100))
        let first = inbox.take(at: at(100))
        #expect(first?.changes.count == 1024 && first?.marks.isEmpty == true)
        #expect(inbox.finished(first, startedAt: at(100), at: at(101)) == at(100))
        let rest = inbox.take(at: at(101))
        #expect(rest?.changes.count == 76 && rest?.marks == FeedMarks(["endpointslices.discovery.k8s.io": "9"]))
        #expect(inbox.finished(rest, startedAt: at(101), at: at(101)) == nil)
        _ = inbox.add(batch((0..<3000).map { put(Route.kind, "r\($0)") }, at: 200, isWhole: true), at: at(200))
        #expect(inbox.take(at: at(200))?.changes.count == 3000)
    }

    @Test func `the first translation is of everything`() {
        var inbox = Inbox()
        _ = inbox.add(batch((0..<3000).map { put(Route.kind, "r\($0)") }, at: 0), at: at(0))
        #expect(inbox.take(at: at(0))?.changes.count == 3000)
    }

    @Test func `a visit too early takes nothing and is arranged again`() {
        var inbox = quiet()
        _ = inbox.add(batch([put(Route.kind, "a")], at: 100), at: at(100))
        let first = inbox.take(at: at(100))
        _ = inbox.finished(first, startedAt: at(100), at: at(101))
        _ = inbox.add(batch([put(Route.kind, "b")], at: 102), at: at(102))
        #expect(inbox.take(at: at(103)) == nil)
        #expect(inbox.finished(nil, startedAt: at(103), at: at(103)) == at(106))
    }

    @Test func `marks never overtake the changes before them, and alone they are no round to pace`() {
        var inbox = quiet()
        var bookmark = batch([], at: 100)
        bookmark.marks["routes.martlet.dev"] = "5"
        #expect(inbox.add(bookmark, at: at(100)) == at(100))
        let alone = inbox.take(at: at(100))
        #expect(alone?.isEmpty == true)
        #expect(alone?.marks["routes.martlet.dev"] == "5")
        #expect(inbox.finished(alone, startedAt: at(100), at: at(100)) == nil)
        #expect(inbox.add(batch([put(Route.kind, "a")], at: 101), at: at(101)) == at(101), "the bookmark made it wait")
        let first = inbox.take(at: at(101))
        _ = inbox.finished(first, startedAt: at(101), at: at(102))
        var change = batch([put(Route.kind, "b")], at: 103)
        change.marks["routes.martlet.dev"] = "6"
        _ = inbox.add(change, at: at(103))
        bookmark.marks["routes.martlet.dev"] = "7"
        _ = inbox.add(bookmark, at: at(104))
        var slice = batch([put(EndpointSlice.kind, "slice")], at: 104)
        slice.marks["endpointslices.discovery.k8s.io"] = "8"
        _ = inbox.add(slice, at: at(104))
        let endpoints = inbox.take(at: at(104))
        #expect(names(endpoints) == ["slice"])
        #expect(endpoints?.marks.isEmpty == true)
        let rest = inbox.take(at: at(107))
        #expect(names(rest) == ["b"])
        #expect(rest?.marks == FeedMarks(["routes.martlet.dev": "7", "endpointslices.discovery.k8s.io": "8"]))
    }
}
