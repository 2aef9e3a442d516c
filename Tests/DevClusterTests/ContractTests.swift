import Documents
import Serving
import Testing

@testable import DevCluster

/// Answers that clients take apart: words, codes and bodies as a real API server has them.
@Suite struct ContractTests {
    private let call: Handler

    init() throws { call = Handler(try store()) }

    private let maps = "/api/v1/namespaces/shop/configmaps"

    @Test func `each refusal has the code, the reason and the words of the real one`() throws {
        try call.store.create(.configMaps, namespace: "shop", configMap("a"))
        try call.store.create(.namespaces, ["metadata": ["name": "going"]])
        try call.store.create(.configMaps, namespace: "going", configMap("held", ["finalizers": ["example.com/hold"]]))
        try call.store.delete(.namespaces, name: "going")
        let stale: Value = ["metadata": ["name": "a", "resourceVersion": "1"]]
        let answers: [(Handler.Answer, Int, String, String)] = [
            (try call("GET", maps, token: "guess"), 401, "Unauthorized", "Unauthorized"),
            (
                try call("POST", "/api/v1/namespaces/going/configmaps", configMap("b")), 403, "Forbidden",
                "configmaps \"b\" is forbidden: unable to create new content in namespace going because it is being terminated"
            ),
            (try call("GET", maps + "/none"), 404, "NotFound", "configmaps \"none\" not found"),
            (try call("GET", "/apis/apps/v1/gadgets"), 404, "NotFound", "the server could not find the requested resource"),
            (
                try call("PATCH", maps, [:]), 405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource"
            ),
            (try call("POST", maps, configMap("a")), 409, "AlreadyExists", "configmaps \"a\" already exists"),
            (
                try call("PUT", maps + "/a", stale), 409, "Conflict",
                "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
            ),
            (
                try call("PATCH", maps + "/a", stale, type: "application/merge-patch+json"), 409, "Conflict",
                "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again"
            ),
            (
                try call("GET", maps + "?resourceVersion=5&resourceVersionMatch=Exact"), 410, "Expired",
                "The resourceVersion for the provided list is too old."
            ),
            (
                try call.raw("POST", maps, [UInt8](repeating: 0x20, count: RequestBody.limit + 1)), 413, "RequestEntityTooLarge",
                "Request entity too large: limit is 3145728"
            ),
            (
                try call("POST", maps, configMap("b"), type: "text/plain"), 415, "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf"
            ),
            (
                try call("POST", maps, configMap("B")), 422, "Invalid",
                "ConfigMap \"B\" is invalid: metadata.name: Invalid value: \"B\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ),
        ]
        for (answer, code, reason, message) in answers {
            #expect(answer.status == code && answer.body["code"]?.integer == Int64(code))
            #expect(answer.reason == reason)
            #expect(answer.message == message)
            #expect(answer.body["kind"] == "Status" && answer.body["apiVersion"] == "v1" && answer.body["status"] == "Failure")
        }
        let forbidden = answers[1].0.body[at: "details", "causes"]?.array?.first
        #expect(forbidden?["reason"] == "NamespaceTerminating" && forbidden?["field"] == "metadata.namespace")
        let unacceptable = try call("GET", maps, accept: "image/png")
        #expect(unacceptable.status == 406 && unacceptable.reason == "NotAcceptable")
        #expect(unacceptable.message.hasPrefix("only the following media types are accepted: application/json"))
    }

    @Test func `a namespace that waits for its contents shows it`() throws {
        try call.store.create(.configMaps, namespace: "shop", configMap("held", ["finalizers": ["example.com/hold"]]))
        try call.store.create(.configMaps, namespace: "shop", configMap("free"))
        let answer = try call("DELETE", "/api/v1/namespaces/shop")
        #expect(answer.status == 200 && answer.body[at: "status", "phase"] == "Terminating")
        #expect(try call("GET", "/api/v1/namespaces/shop").body[at: "metadata", "deletionTimestamp"] != nil)
        #expect(try call("GET", maps).names == ["held"])
        let patch: Value = ["metadata": ["finalizers": .null]]
        #expect(try call("PATCH", maps + "/held", patch, type: "application/merge-patch+json").status == 200)
        #expect(try call("GET", "/api/v1/namespaces/shop").status == 404)
    }

    @Test func `annotations up to 256 KiB are kept, and a byte more is refused`() throws {
        func object(_ bytes: Int) -> Value {
            configMap("a", ["annotations": ["k1": .string(String(repeating: "x", count: bytes - 4)), "k2": ""]])
        }
        let refused = try call("POST", maps, object((256 << 10) + 1))
        #expect(refused.status == 422)
        #expect(
            refused.message == "ConfigMap \"a\" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes")
        #expect(try call("POST", maps, object(256 << 10)).status == 201)
    }

    @Test func `an object of a megabyte and a half is kept, listed and patched; more is refused`() throws {
        let pods = "/api/v1/namespaces/shop/pods"
        func pod(_ bytes: Int) -> Value {
            let container: Value = ["name": "c", "image": "i", "args": [.string(String(repeating: "x", count: bytes))]]
            return ["metadata": ["name": "large"], "spec": ["containers": [container]]]
        }
        #expect(try call("POST", pods, pod(3 << 19)).status == 413)
        #expect(try call("POST", pods, pod((3 << 19) - 2_000)).status == 201)
        #expect(try call("GET", pods).names == ["large"])
        let patch: Value = ["metadata": ["labels": ["b": "c"]]]
        let patched = try call("PATCH", pods + "/large", patch, type: "application/merge-patch+json")
        #expect(patched.body[at: "metadata", "labels", "b"] == "c")
    }

    @Test func `values of ConfigMaps and Secrets have a megabyte in all`() throws {
        let half = String(repeating: "x", count: 1 << 19)
        #expect(try call("POST", maps, configMap("full", data: ["a": .string(half), "b": .string(half)])).status == 201)
        let more = try call("POST", maps, configMap("fuller", data: ["a": .string(half), "b": .string(half + "x")]))
        #expect(more.message == "ConfigMap \"fuller\" is invalid: []: Too long: may not be more than 1048576 bytes")
    }

    @Test func `an Event is one object under both groups, in the words of each`() throws {
        let modern: Value = [
            "metadata": ["name": "e"], "eventTime": "2026-01-01T00:00:00.000001Z", "reportingController": "example.com/c",
            "reportingInstance": "c-1", "action": "Do", "reason": "Done", "type": "Normal", "note": "it is done",
            "regarding": ["kind": "Pod", "name": "p", "namespace": "shop"],
            "related": ["kind": "Node", "name": "n"],
            "series": ["count": 3, "lastObservedTime": "2026-01-01T00:00:09.000001Z"],
        ]
        #expect(try call("POST", "/apis/events.k8s.io/v1/namespaces/shop/events", modern).status == 201)
        let core = try call("GET", "/api/v1/namespaces/shop/events/e").body
        #expect(core["apiVersion"] == "v1" && core["message"] == "it is done" && core["involvedObject"] == modern["regarding"])
        #expect(core["reportingComponent"] == "example.com/c" && core["series"] == modern["series"])
        #expect(core["note"] == nil && core["regarding"] == nil && core["related"] == modern["related"])
        let old: Value = [
            "metadata": ["name": "o"], "involvedObject": ["kind": "Pod", "name": "p", "namespace": "shop"], "message": "old",
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:05Z", "count": 2,
            "source": ["component": "c", "host": "h"], "reportingComponent": "c", "reportingInstance": "i",
        ]
        #expect(try call("POST", "/api/v1/namespaces/shop/events", old).status == 201)
        let new = try call("GET", "/apis/events.k8s.io/v1/namespaces/shop/events/o").body
        #expect(new["apiVersion"] == "events.k8s.io/v1" && new["note"] == "old" && new["regarding"] == old["involvedObject"])
        #expect(
            new["deprecatedFirstTimestamp"] == old["firstTimestamp"] && new["deprecatedLastTimestamp"] == old["lastTimestamp"])
        #expect(new["deprecatedCount"] == 2 && new["deprecatedSource"] == old["source"] && new["reportingController"] == "c")
        let fields = "fieldSelector=regarding.name%3Dp"
        #expect(try call("GET", "/apis/events.k8s.io/v1/events?\(fields)").names == ["e", "o"])
        #expect(try call("GET", "/api/v1/events?fieldSelector=involvedObject.name%3Dp").names == ["e", "o"])
        #expect(try call("DELETE", "/api/v1/namespaces/shop/events/e").status == 200)
        #expect(try call("GET", "/apis/events.k8s.io/v1/namespaces/shop/events/e").status == 404)
    }

    @Test(arguments: ["/apis/apps/v1/namespaces/shop/deployments", "/apis/apps/v1/namespaces/shop/replicasets"])
    func `workloads are scaled`(_ path: String) throws {
        let labels: Value = ["app": "web", "tier": "front"]
        let spec: Value = [
            "replicas": 1, "selector": ["matchLabels": labels, "matchExpressions": [["key": "x", "operator": "DoesNotExist"]]],
            "template": ["metadata": ["labels": labels], "spec": ["containers": [["name": "c", "image": "martlet/sample:v1"]]]],
        ]
        #expect(try call("POST", path, ["metadata": ["name": "web"], "spec": spec]).status == 201)
        var scale = try call("GET", path + "/web/scale").body
        #expect(scale["apiVersion"] == "autoscaling/v1" && scale[at: "spec", "replicas"] == 1)
        #expect(scale[at: "status", "selector"] == "app=web,tier=front,!x")
        scale["spec"] = ["replicas": 3]
        let scaled = try call("PUT", path + "/web/scale", scale)
        #expect(scaled.status == 200 && scaled.body[at: "spec", "replicas"] == 3)
        let object = try call("GET", path + "/web").body
        #expect(object[at: "spec", "replicas"] == 3 && object[at: "metadata", "generation"] == 2)
        #expect(try call("GET", "/api/v1/namespaces/shop/configmaps/web/scale").status == 404)
    }

    @Test func `who may do what is answered as kubectl auth asks`() throws {
        let path = "/apis/authorization.k8s.io/v1/"
        let rules = try call("POST", path + "selfsubjectrulesreviews", ["spec": ["namespace": "shop"]])
        #expect(rules.status == 201 && rules.body[at: "status", "incomplete"] == false)
        #expect(rules.body[at: "status", "resourceRules"] == [["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]])
        let empty = try call("POST", path + "selfsubjectaccessreviews", ["spec": [:]])
        #expect(empty.status == 422)
        #expect(
            empty.message
                == "SelfSubjectAccessReview.authorization.k8s.io \"\" is invalid: spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
        )
        let who = try call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:])
        #expect(who.body[at: "status", "userInfo", "groups"] == ["system:masters", "system:authenticated"])
    }
}
