import Documents
public import Foundation
import Reactor
import Synchronization

/// The controllers of the development cluster: Deployments, ReplicaSets, pods and endpoints, on one thread.
///
/// They look at the whole world after every change; it is small. Pods of image `martlet/sample:VERSION` are backends that run in this
/// process, any other image waits with an Event that says so.
public final class Workloads: Sendable {
    private let store: ClusterStore
    private let pods: PodRunner
    private let deployments: DeploymentController
    private let replicaSets: ReplicaSetController
    private let endpoints: EndpointsController
    private let mirror: EndpointsMirror
    private let bell: Bell
    private let watches: [StoreWatch]
    private let isStopped = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)
    /// More rounds than any chain of controllers needs; a bound in case two of them ever disagree.
    private static let maximumRounds = 50

    /// - Parameters:
    ///   - pause: seconds for which a pod stays in each step of its end.
    ///   - complain: told what could not be written.
    public init(
        _ store: ClusterStore, pause: TimeInterval = 0.25, complain: @escaping @Sendable (String) -> Void = { _ in },
        start: @escaping BackendStarter
    ) throws {
        self.store = store
        let bell = try Bell()
        let hands = WorkloadHands(store, complain: complain)
        let pods = PodRunner(hands.playing(WorkloadHands.kubelet), pause: pause, bell: bell, start: start)
        self.bell = bell
        self.pods = pods
        deployments = DeploymentController(hands: hands)
        replicaSets = ReplicaSetController(hands: hands)
        endpoints = EndpointsController(hands: hands) { pods.stage(of: $0) }
        mirror = EndpointsMirror(hands: hands)
        watches = try [.deployments, .replicaSets, .pods, .services, .endpoints, .endpointSlices].map {
            try store.watch($0, ringing: bell)
        }
        LocalNode.register(hands.playing(WorkloadHands.kubelet))
    }

    /// Brings up what there is, and goes on in the background until `stop`.
    public func run() {
        settle()
        let isStarted = SystemThread.start("workloads") { [self] in
            while !isStopped.withLock({ $0 }) {
                let due = settle()
                let milliseconds = due.map { max(0, Int(($0.timeIntervalSince(store.settings.clock()) * 1000).rounded(.up))) }
                _ = waitForNews(milliseconds: milliseconds)
            }
            ended.signal()
        }
        if !isStarted { ended.signal() }
    }

    /// Lets every controller look until nothing changes any more.
    ///
    /// - Returns: when to look again although nothing changed.
    @discardableResult
    func settle() -> Date? {
        var due: Date?
        for _ in 0..<Self.maximumRounds {
            let before = store.currentVersion
            deployments.reconcile()
            replicaSets.reconcile()
            due = pods.reconcile()
            endpoints.reconcile()
            mirror.reconcile()
            if store.currentVersion == before { break }
        }
        return due
    }

    /// Waits until something may have changed; false when the time was over first.
    func waitForNews(milliseconds: Int?) -> Bool {
        let isNews = bell.wait(milliseconds: milliseconds)
        bell.silence()
        return isNews
    }

    /// Ends the controllers and every backend.
    public func stop() {
        isStopped.withLock { $0 = true }
        bell.ring()
        _ = ended.wait(timeout: .now() + 5)
        pods.stopAll()
    }
}

/// This process as a Node, because pods must run somewhere.
enum LocalNode {
    static func register(_ hands: WorkloadHands) {
        let now = Value.string(hands.timestamp)
        hands.create(
            .nodes,
            [
                "metadata": [
                    "name": .string(PodRunner.node),
                    "labels": ["kubernetes.io/hostname": .string(PodRunner.node), "kubernetes.io/os": "linux"],
                ],
                "status": [
                    "addresses": [
                        ["type": "InternalIP", "address": "127.0.0.1"], ["type": "Hostname", "address": .string(PodRunner.node)],
                    ],
                    "conditions": [
                        [
                            "type": "Ready", "status": "True", "reason": "MartletRuns",
                            "message": "sample backends run in this process",
                            "lastTransitionTime": now, "lastHeartbeatTime": now,
                        ]
                    ],
                    "nodeInfo": [
                        "kubeletVersion": "martlet", "osImage": "none", "kernelVersion": "none",
                        "containerRuntimeVersion": "martlet://sample",
                        "operatingSystem": "linux", "architecture": "none",
                    ],
                ],
            ])
    }
}
