import Documents
import Fetch
import Kubernetes
import Telemetry
import Testing

@testable import Controller

@Suite struct FeedBookTests {
    private var book = FeedBook(["services", "secrets", "routes.martlet.dev"].map { FeedFigures(name: $0) })

    private func error(_ code: Int) -> APIError {
        APIError(.init(verb: "list", resource: "secrets"), .status(code: code, reason: "", message: "", retryAfter: nil))
    }

    private let refused = APIError(
        .init(verb: "list", resource: "services"), .transport(FetchError(.connectionRefused, origin: "https://127.0.0.1:6443")))

    private var states: [FeedFigures.State] { book.feeds.map(\.state) }

    @Test mutating func `a missing CRD and a forbidden kind hold nothing up, and say what to grant`() throws {
        _ = book.note(.replaced([]), feed: 0)
        #expect(!book.isComplete)
        let events = book.note(.trouble(error(403)), feed: 1)
        #expect(events.count == 1)
        #expect(events[0].text.contains(#"grant the verb \"list\" on the resource \"secrets\""#))
        #expect(!book.isComplete)
        _ = book.note(.trouble(error(404)), feed: 2)
        _ = book.note(.missing, feed: 2)
        #expect(book.isComplete)
        #expect(states == [.current, .denied, .missing])
    }

    @Test mutating func `when nothing at all may be read, there is nothing to serve`() {
        for feed in 0..<3 { _ = book.note(.trouble(error(403)), feed: feed) }
        #expect(!book.isComplete)
    }

    @Test mutating func `a server that cannot be reached is told once for all kinds, and so is its return`() {
        for feed in 0..<3 { _ = book.note(.replaced([]), feed: feed) }
        let lost = (0..<3).flatMap { book.note(.trouble(refused), feed: $0) }
        #expect(lost.map(\.message) == ["the api server cannot be reached; the last graph goes on serving"])
        #expect(states == [.troubled, .troubled, .troubled])
        #expect(book.isComplete)
        #expect(book.needsRenewal)
        let back = (0..<3).flatMap { feed in book.note(.replaced([]), feed: feed) + book.note(.recovered, feed: feed) }
        #expect(back.map(\.message).filter { $0 == "the api server is back" }.count == 1)
        #expect(states == [.current, .current, .current])
        #expect(!book.needsRenewal)
    }

    @Test mutating func `a server that was never reached is waited for`() {
        let lost = book.note(.trouble(refused), feed: 0)
        #expect(lost.map(\.message) == ["the api server cannot be reached; not everything was listed yet"])
        _ = book.note(.replaced([]), feed: 1)
        _ = book.note(.replaced([]), feed: 2)
        #expect(!book.isComplete)
        _ = book.note(.replaced([]), feed: 0)
        #expect(book.isComplete)
    }
}
