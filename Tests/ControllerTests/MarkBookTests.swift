import Kubernetes
import Testing

@testable import Controller

/// By reference, so that what it returns can be expected.
private final class Book {
    private var book = MarkBook()
    var served: FeedMarks { book.served }
    func note(_ marks: FeedMarks, generation: UInt64?) -> Bool { book.note(marks, generation: generation) }
    func acknowledge(_ generation: UInt64) -> Bool { book.acknowledge(generation) }
}

@Suite struct MarkBookTests {
    private func marks(_ version: String) -> FeedMarks { FeedMarks(["routes.martlet.dev": version]) }

    @Test func `a graph's marks hold when every worker serves it, whichever is told first`() {
        let book = Book()
        #expect(!book.note(marks("5"), generation: 1))
        #expect(book.acknowledge(1))
        #expect(book.served == marks("5"))
        #expect(!book.acknowledge(2))
        #expect(book.note(marks("7"), generation: 2))
        #expect(book.served == marks("7"))
    }

    @Test func `a round that changes nothing holds at once, but not before the rounds ahead of it`() {
        let book = Book()
        _ = book.note(marks("5"), generation: 1)
        #expect(!book.note(marks("6"), generation: nil))
        #expect(book.served.isEmpty)
        #expect(book.acknowledge(1))
        #expect(book.served == marks("6"))
        #expect(book.note(marks("9"), generation: nil))
        #expect(book.served == marks("9"))
    }

    @Test func `before the first graph nothing holds, and with it everything`() {
        let book = Book()
        #expect(!book.note(FeedMarks(["services": "3"]), generation: nil))
        #expect(!book.acknowledge(1))
        #expect(book.note(marks("5"), generation: 1))
        #expect(book.served == FeedMarks(["services": "3", "routes.martlet.dev": "5"]))
    }

    @Test func `an acknowledgement of a later graph covers those before it`() {
        let book = Book()
        _ = book.note(marks("5"), generation: 1)
        _ = book.note(marks("6"), generation: 2)
        _ = book.note(marks("7"), generation: 3)
        #expect(book.acknowledge(2))
        #expect(book.served == marks("6"))
    }

    @Test func `a server that was restored lowers marks`() {
        let book = Book()
        _ = book.note(marks("500"), generation: 1)
        _ = book.acknowledge(1)
        #expect(book.note(marks("20"), generation: nil))
        #expect(book.served == marks("20"))
    }
}
