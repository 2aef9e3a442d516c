import Documents
import Kubernetes
import Testing

@testable import Peers

@Suite struct ReplicaReportTests {
    @Test func `what is written is read`() {
        var report = ReplicaReport(identity: "martlet-a_1", version: "0.1", workers: 3)
        report.isReady = true
        report.state = "x-5"
        report.marks = FeedMarks(["routes.martlet.dev": "12", "secrets/shop/tls": "7"])
        #expect(ReplicaReport(json: report.json.json) == report)
    }

    @Test func `a later version may say more, and an earlier one less`() {
        let later = """
            {"protocol": 2, "identity": "a", "version": "9", "ready": false, "counters": {"x": 1}, "state": "a b&c=1\u{e9}_-2",
             "marks": {"routes.martlet.dev": "5", "odd": 5}}
            """
        let report = ReplicaReport(json: Array(later.utf8))
        #expect(report?.marks == FeedMarks(["routes.martlet.dev": "5"]))
        #expect(report?.isReady == false)
        #expect(report?.state == "abc1_-2")
        #expect(ReplicaReport(json: Array(#"{"identity":"a"}"#.utf8))?.isReady == true)
    }

    @Test(arguments: ["", "{}", "[]", "null", #"{"identity":5}"#, #"{"identity":""}"#, "GET / HTTP/1.1"])
    func `anything else is no report`(_ text: String) { #expect(ReplicaReport(json: Array(text.utf8)) == nil) }
}
