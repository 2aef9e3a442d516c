import Documents

/// The status of a pod in each part of its life.
struct PodStatus {
    private let pod: Value
    private let now: String

    init(_ pod: Value, now: String) {
        self.pod = pod
        self.now = now
    }

    private var containers: [Value] { pod[at: "spec", "containers"]?.array ?? [] }

    var running: Value {
        status("Running", isReady: true, address: "127.0.0.1") { _ in ["running": ["startedAt": .string(now)]] }
    }

    func waiting(_ reason: String, _ message: String) -> Value {
        status("Pending", isReady: false, address: nil) { container in
            let isForeign = SampleImage(container["image"]?.string ?? "") == nil
            let why: Value =
                isForeign || reason != "ErrImagePull"
                ? ["reason": .string(reason), "message": .string(message)] : ["reason": "PodInitializing"]
            return ["waiting": why]
        }
    }

    /// As it was, and no longer ready.
    var ending: Value {
        var status = pod["status"] ?? [:]
        var conditions = Conditions(pod, now: now)
        conditions.set("Ready", false, reason: "Terminating", message: "The pod finishes the requests under way.")
        status["conditions"] = .array(conditions.all)
        return status
    }

    /// A container that is said to run and is started again was lost with an earlier process.
    private func restarts(of container: Value, isRunning: Bool) -> Int64 {
        let before = pod[at: "status", "containerStatuses"]?.array?.first { $0["name"] == container["name"] }
        let count = before?["restartCount"]?.integer ?? 0
        return isRunning && before?[at: "state", "running"] != nil ? count + 1 : count
    }

    private func status(_ phase: String, isReady: Bool, address: String?, state: (Value) -> Value) -> Value {
        var conditions = Conditions(pod, now: now)
        conditions.set("PodScheduled", true)
        conditions.set("Initialized", true)
        let reason = isReady ? "" : "ContainersNotReady"
        let names = containers.compactMap { $0["name"]?.string }.joined(separator: " ")
        let message = isReady ? "" : "containers with unready status: [\(names)]"
        for type in ["ContainersReady", "Ready"] { conditions.set(type, isReady, reason: reason, message: message) }
        var status: Value = ["phase": .string(phase), "conditions": .array(conditions.all), "hostIP": "127.0.0.1"]
        if let address {
            status["podIP"] = .string(address)
            status["podIPs"] = [["ip": .string(address)]]
        }
        status["startTime"] = pod[at: "status", "startTime"] ?? .string(now)
        status["containerStatuses"] = .array(
            containers.map { container in
                [
                    "name": container["name"] ?? "", "image": container["image"] ?? "", "imageID": "", "ready": .bool(isReady),
                    "started": .bool(isReady),
                    "restartCount": .integer(restarts(of: container, isRunning: isReady)), "state": state(container),
                    "lastState": [:],
                ]
            })
        status["qosClass"] = "BestEffort"
        return status
    }
}
