import Documents
import Testing

@testable import DevCluster

@Suite struct WorkloadTests {
    @Test func `a Deployment becomes running pods and endpoints`() throws {
        let world = try WorkloadWorld()
        try world.expose("web")
        try world.deploy("web", "martlet/sample:v1", replicas: 2)
        world.settle()
        #expect(world.backends.running == ["v1", "v1"])
        #expect(
            world.pods.allSatisfy {
                $0.isReadyPod && $0[at: "status", "podIP"] == "127.0.0.1" && $0[at: "status", "phase"] == "Running"
            })
        #expect(world.endpoints(of: "web") == ["20001 ready", "20002 ready"])
        let status = world.object(.deployments, "web")["status"]
        #expect(status?["availableReplicas"] == 2 && status?["observedGeneration"] == 1 && status?["unavailableReplicas"] == nil)
        #expect(world.object(.deployments, "web").condition("Available")?["status"] == "True")
        let endpoints = world.object(ResourceKey("endpoints"), "web")
        #expect(endpoints["subsets"]?.array?.count == 2)
        let version = world.cluster.currentVersion
        world.settle()
        #expect(world.cluster.currentVersion == version, "what is settled stays as it is")
    }

    @Test func `pods of an earlier process are started again under their names`() throws {
        let disk = SimulatedDisk(seed: 1)
        let first = try WorkloadWorld(disk: disk)
        try first.expose("web")
        try first.deploy("web", "martlet/sample:v1", replicas: 2)
        first.settle()
        let pods = first.pods.map(\.uid)
        let second = try WorkloadWorld(disk: disk.afterKill(seed: 1), firstPort: 30_000)
        second.settle()
        #expect(second.pods.map(\.uid) == pods)
        #expect(second.backends.running == ["v1", "v1"])
        #expect(second.endpoints(of: "web") == ["30001 ready", "30002 ready"])
        let counts = second.pods.map { $0[at: "status", "containerStatuses"]?.array?.first?["restartCount"] }
        #expect(counts == [1, 1])
    }

    @Test func `a deleted pod is replaced at once and leaves in steps`() throws {
        let world = try WorkloadWorld()
        try world.expose("web")
        try world.deploy("web", "martlet/sample:v1")
        world.settle()
        let old = try #require(world.pods.first)
        try world.cluster.delete(.pods, namespace: "shop", name: old.name)
        world.settle()
        #expect(world.endpoints(of: "web") == ["20001 terminating", "20002 ready"])
        #expect(world.backends.running == ["v1", "v1"])
        world.tick()
        #expect(world.endpoints(of: "web") == ["20002 ready"])
        #expect(world.backends.running == ["v1", "v1"], "requests under way still finish")
        world.tick()
        #expect(world.settleUntil { world.pods.count == 1 })
        #expect(world.backends.stopped == ["v1"])
        #expect(world.pods.first?.uid != old.uid)
    }

    @Test func `a pod that is removed by force leaves the slices first and stops later`() throws {
        let world = try WorkloadWorld()
        try world.expose("web")
        try world.deploy("web", "martlet/sample:v1")
        world.settle()
        var options = DeleteOptions()
        options.graceSeconds = 0
        try world.cluster.delete(.pods, namespace: "shop", name: try #require(world.pods.first).name, options)
        world.settle()
        #expect(world.endpoints(of: "web") == ["20002 ready"])
        #expect(world.backends.stopped == [])
        world.tick()
        #expect(world.settleUntil { world.backends.stopped == ["v1"] })
        #expect(world.backends.running == ["v1"])
    }

    @Test func `scaling down to nothing and up again`() throws {
        let world = try WorkloadWorld()
        try world.expose("web")
        try world.deploy("web", "martlet/sample:v1", replicas: 3)
        world.settle()
        try world.edit("web") { $0["spec"]?["replicas"] = 0 }
        world.settle()
        world.tick()
        world.tick()
        #expect(world.settleUntil { world.pods.isEmpty })
        #expect(world.endpoints(of: "web") == [])
        #expect(world.object(.deployments, "web")["status"]?["replicas"] == nil)
        try world.edit("web") { $0["spec"]?["replicas"] = 1 }
        world.settle()
        #expect(world.endpoints(of: "web") == ["20004 ready"])
        #expect(world.sets.count == 1, "the template is the same")
    }

    @Test func `a new template rolls out within its bounds, and never below them`() throws {
        let world = try WorkloadWorld()
        try world.deploy(
            "web", "martlet/sample:v1", replicas: 4, strategy: ["rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]])
        world.settle()
        let watch = try world.cluster.watch(.pods)
        try world.edit("web") { $0.setImage("martlet/sample:v2") }
        world.settle()
        for _ in 0..<20 { world.tick() }
        #expect(world.settleUntil { world.pods.count == 4 })
        #expect(world.backends.running == ["v2", "v2", "v2", "v2"])
        var ready = 4
        var least = 4
        for event in try watch.events() {
            let isReady = event.kind != .deleted && event.object.value.isReadyPod && !event.object.value.isBeingDeleted
            let wasReady = event.previous.map { $0.value.isReadyPod && !$0.value.isBeingDeleted } ?? false
            ready += (isReady ? 1 : 0) - (wasReady ? 1 : 0)
            least = min(least, ready)
        }
        #expect(least == 4)
        #expect(world.sets.map { $0.annotation(DeploymentController.revision) }.sorted { $0 ?? "" < $1 ?? "" } == ["1", "2"])
        #expect(world.object(.deployments, "web").condition("Progressing")?["reason"] == "NewReplicaSetAvailable")
    }

    @Test func `the old template again is the newest revision again`() throws {
        let world = try WorkloadWorld()
        try world.deploy("web", "martlet/sample:v1")
        world.settle()
        for image in ["martlet/sample:v2", "martlet/sample:v1"] {
            try world.edit("web") { $0.setImage(image) }
            for _ in 0..<4 { world.tick() }
        }
        #expect(world.sets.count == 2)
        let current = try #require(world.sets.first { $0.wantedReplicas == 1 })
        #expect(current.annotation(DeploymentController.revision) == "3")
        #expect(world.object(.deployments, "web").annotation(DeploymentController.revision) == "3")
    }

    @Test func `Recreate takes the old pods away before the new ones come`() throws {
        let world = try WorkloadWorld()
        try world.deploy("web", "martlet/sample:v1", strategy: ["type": "Recreate"])
        world.settle()
        try world.edit("web") { $0.setImage("martlet/sample:v2") }
        world.settle()
        #expect(world.pods.filter { !$0.isBeingDeleted }.allSatisfy { $0.image == "martlet/sample:v2" })
        for _ in 0..<3 { world.tick() }
        #expect(world.settleUntil { world.backends.running == ["v2"] })
    }

    @Test func `an image that cannot run here says so, once, and harms nobody`() throws {
        let world = try WorkloadWorld()
        try world.expose("web")
        try world.deploy("web", "nginx:1.27")
        world.settle()
        world.tick()
        let pod = try #require(world.pods.first)
        #expect(pod[at: "status", "phase"] == "Pending")
        let context = CellContext(object: pod, now: world.clock.now)
        #expect(PodCells.cell("Status", context) == "ErrImagePull")
        #expect(world.events("Failed").count == 1)
        #expect(world.events("Failed").first?.contains("martlet/sample:VERSION") == true)
        #expect(world.endpoints(of: "web") == [])
        #expect(world.object(.deployments, "web")["status"]?["unavailableReplicas"] == 1)
        try world.cluster.delete(.pods, namespace: "shop", name: pod.name)
        world.settle()
        #expect(world.pods.map(\.uid) != [pod.uid])
    }

    @Test func `a backend that cannot start is an Event, and is tried again`() throws {
        let world = try WorkloadWorld()
        world.backends.fail("no ports are left")
        try world.deploy("web", "martlet/sample:v1")
        world.settle()
        #expect(world.events("Failed").first?.contains("no ports are left") == true)
        world.backends.fail(nil)
        world.tick()
        #expect(world.backends.running == ["v1"])
        #expect(world.pods.first?.isReadyPod == true)
    }

    @Test func `a target port that no container has is named`() throws {
        let world = try WorkloadWorld()
        try world.expose("web", targetPort: "https")
        try world.deploy("web", "martlet/sample:v1")
        world.settle()
        #expect(world.endpoints(of: "web") == [])
        #expect(world.events("NoSuchPort").first?.hasPrefix("targetPort https is no port") == true)
    }

    @Test func `slices that others manage are left alone`() throws {
        let world = try WorkloadWorld()
        try world.cluster.create(
            .services, namespace: "shop", ["metadata": ["name": "own"], "spec": ["ports": [["port": 80]]]])
        try world.cluster.create(
            .endpointSlices, namespace: "shop",
            [
                "metadata": ["name": "own-1", "labels": ["kubernetes.io/service-name": "own"]], "addressType": "IPv4",
                "endpoints": [["addresses": ["127.0.0.1"], "conditions": ["ready": true]]], "ports": [["port": 3000]],
            ])
        world.settle()
        #expect(world.endpoints(of: "own") == ["3000 ready"])
    }

    @Test func `a Deployment must find its own pods, for ever`() throws {
        let world = try WorkloadWorld()
        try world.deploy("web", "martlet/sample:v1")
        let strange: Value = ["matchLabels": ["app": "other"]]
        let changed = #expect(throws: APIFailure.self) { try world.edit("web") { $0["spec"]?["selector"] = strange } }
        #expect(changed?.causes.map(\.field) == ["spec.template.metadata.labels", "spec.selector"])
        let spec: Value = [
            "selector": [:], "template": ["metadata": [:], "spec": ["containers": [["name": "a"]], "restartPolicy": "Never"]],
        ]
        let refused = #expect(throws: APIFailure.self) {
            try world.cluster.create(.deployments, namespace: "shop", ["metadata": ["name": "x"], "spec": spec])
        }
        #expect(refused?.causes.map(\.field) == ["spec.selector", "spec.template.spec.restartPolicy"])
    }

    @Test func `a namespace that goes takes its pods and backends along`() throws {
        let world = try WorkloadWorld()
        try world.expose("web")
        try world.deploy("web", "martlet/sample:v1", replicas: 2)
        world.settle()
        try world.cluster.delete(.namespaces, name: "shop")
        world.settle()
        world.tick()
        #expect(world.settleUntil { world.backends.running == [] })
        #expect(world.cluster.object(.namespaces, name: "shop") == nil)
    }
}

extension Value {
    fileprivate var image: String { self[at: "spec", "containers"]?.array?.first?["image"]?.string ?? "" }

    fileprivate mutating func setImage(_ image: String) {
        var container = self[at: "spec", "template", "spec", "containers"]?.array?.first ?? [:]
        container["image"] = .string(image)
        self["spec"]?["template"]?["spec"]?["containers"] = .array([container])
    }
}
