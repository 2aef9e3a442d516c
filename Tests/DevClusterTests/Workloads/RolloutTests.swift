import Documents
import Testing

@testable import DevCluster

@Suite struct RolloutTests {
    @Test(arguments: [
        (Value.integer(2), 10, true, 2), (.string("25%"), 10, true, 3), (.string("25%"), 10, false, 2),
        (.string("0%"), 10, true, 0),
        (.string("100%"), 3, false, 3), (.string("x%"), 10, true, 0), (.integer(-1), 10, true, 0),
    ])
    func `bounds are numbers or percentages`(value: Value, wanted: Int, roundedUp: Bool, amount: Int) {
        #expect(Rollout.amount(value, of: wanted, roundedUp: roundedUp) == amount)
    }

    @Test func `without surge and without gaps one pod at a time is replaced all the same`() {
        let deployment: Value = ["spec": ["replicas": 3, "strategy": ["rollingUpdate": ["maxSurge": 0, "maxUnavailable": 0]]]]
        #expect(Rollout(deployment, current: nil, old: []).maxUnavailable == 1)
    }

    @Test func `a template's name does not depend on the order of its members`() {
        #expect(
            TemplateHash.text(of: ["a": 1, "b": ["c": 2, "d": 3]]) == TemplateHash.text(of: ["b": ["d": 3, "c": 2], "a": 1]))
        #expect(TemplateHash.text(of: ["a": 1]) != TemplateHash.text(of: ["a": 2]))
    }

    @Test(arguments: [
        ("martlet/sample:v1", "v1"), ("docker.io/martlet/sample:canary", "canary"), ("martlet/sample", nil),
        ("martlet/sample:", nil),
        ("nginx:1", nil), ("evil/martlet/sample:v1", nil),
    ])
    func `only the sample image runs`(image: String, version: String?) {
        #expect(SampleImage(image)?.version == version)
    }
}
