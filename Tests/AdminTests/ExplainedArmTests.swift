import Admin
import Graph
import Testing

@Suite struct ExplainedArmTests {
    @Test(arguments: [
        ("", true), ("  sessions header x-user\n", false),
    ])
    func `what ties a client to an endpoint is told, the rule's word before the cluster's`(own: String, isTold: Bool) throws {
        let graph = """
            listener http 0.0.0.0:8080
              host *
                prefix / -> r
            rule r
            \(own)  forward to a
            cluster a http sessions 0123456789abcdef0123456789abcdef cookie cart for 1h
              endpoint 10.0.0.7:8080
            """
        let request = try ExplainedRequest(method: "GET", url: "http://shop/", headers: [], source: nil)
        let text = Explanation(request, by: try GraphText.parse(graph)).text
        #expect(text.contains("  a client is tied to one of them by the cookie cart\n") == isTold)
        #expect(text.contains("  sessions header x-user\n") != isTold)
    }

    @Test(arguments: [
        ("", [], "to an arm by weight", #""arm":{"name":null,"why":"by weight"}"#),
        ("persist cookie c", [], "to an arm by the ticket in the cookie c and by weight", #""name":null"#),
        ("persist header x-user", [], "to an arm by the value of the header x-user and by weight", #""name":null"#),
        ("active stable", [], "to arm stable: it is active", #""arm":{"name":"stable","why":"it is active"}"#),
        (
            "active canary persist clientIP \"\"", [],
            "to an arm by the client's address and by weight: canary is active, and has no ready endpoint", #""name":null"#
        ),
        ("active canary forced", [], "to arm canary: it is active", #""name":"canary""#),
        ("active canary", ["X-Dark: 1"], "to arm dark: an override holds", #""name":"dark""#),
        ("active stable", ["Cookie: beta=yes"], "to arm canary: an override holds", #""name":"canary""#),
        ("active stable", ["Cookie: beta=no"], "to arm stable: it is active", #""name":"stable""#),
    ])
    func `an arm is named with why it is that one`(_ words: String, _ headers: [String], line: String, json: String) throws {
        let graph = """
            listener http 0.0.0.0:8080
              host *
                prefix / -> r
            rule r
              forward \(words)
                override dark header x-dark present
                override canary cookie beta ~ "on|yes"
                arm stable 1
                  backend a
                arm canary 1
                  backend b
                arm dark 0
                  backend b
            cluster a http
              endpoint 10.0.0.7:8080
            cluster b http
              endpoint 10.0.0.8:8080 draining
            """
        let request = try ExplainedRequest(method: "GET", url: "http://shop/", headers: headers, source: nil)
        let explanation = Explanation(request, by: try GraphText.parse(graph))
        #expect(explanation.text.contains("\n  \(line)\n"), "\(explanation.text)")
        #expect(explanation.json.contains(json), "\(explanation.json)")
    }
}
