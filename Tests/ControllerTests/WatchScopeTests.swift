import Documents
import Kubernetes
import Resources
import Testing
import Translator

@testable import Controller

@Suite struct WatchScopeTests {
    private func secrets(_ scope: WatchScope) -> [WatchScope.Feed] {
        scope.feeds(Snapshot.kinds).filter { $0.kind == Secret.kind }
    }

    @Test func `one watch of Secrets covers a cluster, without those that no gateway reads`() {
        let feeds = secrets(WatchScope())
        #expect(feeds == [.init(kind: Secret.kind)])
        let selector = "type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token,type!=martlet.dev/peers"
        #expect(feeds[0].fieldSelector == selector)
    }

    @Test func `in namespaces there is one for each, and kinds without namespaces stay whole`() {
        let scope = WatchScope(namespaces: ["shop", "blog"])
        #expect(secrets(scope).map(\.namespace) == ["shop", "blog"])
        #expect(scope.feeds([IngressClass.kind, Namespace.kind]).map(\.namespace) == [nil, nil])
        #expect(scope.feeds([Service.kind]).map(\.fieldSelector) == [nil, nil])
    }

    @Test func `named Secrets are watched by their names, and no others`() {
        let scope = WatchScope(
            namespaces: ["shop"], secrets: [.init(namespace: "shop", name: "a"), .init(namespace: "shop", name: "b")])
        #expect(secrets(scope).map(\.fieldSelector) == ["metadata.name=a", "metadata.name=b"])
        #expect(secrets(scope).map(\.namespace) == ["shop", "shop"])
    }

    // MARK: - Reading again

    private func object(_ name: String) throws -> Object {
        try #require(Object(["metadata": ["name": .string(name), "namespace": "shop"]]))
    }

    private let key = Kubernetes.ObjectKey(namespace: "shop", name: "a")

    @Test func `an object is read again once, and delivered once`() {
        var book = RereadBook()
        #expect(book.begin(key) == true)
        #expect(book.begin(key) == false)
        #expect(book.isWanted(key))
        #expect(book.finish(key) == true)
        #expect(!book.isWanted(key))
        #expect(book.finish(key) == false)
    }

    @Test func `whatever the watch brings meanwhile wins`() throws {
        let all = WatchScope.Feed(kind: Secret.kind)
        for update in [ListWatch.Update.put(try object("a")), .removed(key), .replaced([]), .missing] {
            var book = RereadBook()
            _ = book.begin(key)
            book.note(update, of: all)
            #expect(book.finish(key) == false)
        }
        var book = RereadBook()
        _ = book.begin(key)
        book.note(.put(try object("b")), of: all)
        book.note(.replaced([]), of: .init(kind: Secret.kind, namespace: "blog"))
        book.note(.replaced([]), of: .init(kind: Secret.kind, namespace: "shop", name: "b"))
        #expect(book.finish(key) == true)
    }

    @Test func `failures are tried again with growing pauses, told once, and as late as the server asks`() {
        var book = RereadBook()
        _ = book.begin(key)
        let tries = [nil, nil, Duration.seconds(60)].map { book.fail(key, retryAfter: $0) }
        #expect(tries.map { $0?.isFirst } == [true, false, false])
        #expect(tries.map { $0?.pause } == [.milliseconds(500), .seconds(1), .seconds(60)])
        for _ in 0..<20 { _ = book.fail(key, retryAfter: nil) }
        let late = book.fail(key, retryAfter: nil)
        #expect(late?.pause == .seconds(30))
        _ = book.finish(key)
        let unwanted = book.fail(key, retryAfter: nil)
        #expect(unwanted == nil)
    }
}
