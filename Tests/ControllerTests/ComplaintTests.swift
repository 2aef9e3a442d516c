import Documents
import Resources
import Telemetry
import Testing
import Translator

@testable import Controller

@Suite struct ComplaintTests {
    @Test func `a complaint about a rule or cluster concerns the object that it was made from`() {
        func object(_ subject: Complaint.Subject) -> String? { Complaint(subject, reason: "R", message: "m").object?.description }
        #expect(object(.rule("Route/shop/web/checkout")) == "Route shop/web")
        #expect(object(.rule("Ingress/shop/web/0/0")) == "Ingress shop/web")
        #expect(object(.cluster("shop/cart:8080")) == "Service shop/cart")
        #expect(object(.secret("shop/tls")) == "Secret shop/tls")
        #expect(object(.rule("nonsense")) == nil)
        #expect(object(.listener("0.0.0.0:80")) == nil)
    }

    @Test func `each thing is said once, and again only after it was gone`() {
        var board = NoticeBoard()
        let subject = ObjectReference(kind: "Service", namespace: "a", name: "b")
        let one = Diagnostic(.warning, subject, path: "spec", reason: "One", message: "1")
        let two = Diagnostic(.error, subject, path: "spec", reason: "Two", message: "2")
        #expect(board.update([one]) == [one])
        #expect(board.update([one]) == [])
        #expect(board.update([one, two]) == [two])
        #expect(board.update([two]) == [])
        #expect(board.update([one, two]) == [one])
        let complaint = Complaint(.rule("Route/a/b/c"), reason: "R", message: "m")
        #expect(board.update([complaint]) == [complaint])
        #expect(board.update([complaint]) == [])
        let recurring = Complaint(.cluster("a/b:80"), reason: "SwitchWaits", message: "m", recurs: true)
        #expect(board.update([recurring]) == [recurring])
        #expect(board.update([recurring]) == [recurring])
    }

    @Test func `diagnostics are logged with the place in the file, and a flood is cut short`() {
        let subject = ObjectReference(kind: "Ingress", namespace: "a", name: "b")
        var diagnostic = Diagnostic(.error, subject, path: "spec.rules[0]", reason: "Wrong", message: "It is wrong; mend it.")
        diagnostic.file = "web.yaml"
        diagnostic.line = 7
        #expect(
            NoticeLog.lines([diagnostic]).map(\.text) == [
                #"error an object has a problem at=web.yaml:7 object="Ingress a/b" field=spec.rules[0] reason=Wrong "#
                    + #"problem="It is wrong; mend it.""#
            ])
        let flood = NoticeLog.lines(Array(repeating: diagnostic, count: 250))
        #expect(flood.count == 101)
        #expect(flood.last?.text == "warning more objects have problems count=150")
    }
}
