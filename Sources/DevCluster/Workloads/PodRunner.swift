import Documents
import Foundation
import Reactor
import Synchronization

/// The kubelet of this cluster's only node: a pod of sample containers runs as a backend in this process.
///
/// A pod that goes does so in steps, so that no request is lost: its endpoint is marked as terminating, then leaves the slices, then its
/// backend finishes the requests under way, and only then the pod is gone.
final class PodRunner: Sendable {
    static let node = "martlet-dev"
    /// The annotation with the real port of a pod; its containers' ports all lead there.
    static let portAnnotation = "martlet.dev/port"
    private static let component = "kubelet"

    enum Stage: Sendable, Equatable {
        case running
        /// Marked as terminating in the slices.
        case leaving
        /// No longer in the slices.
        case left
        case stopping, stopped
    }

    private struct Run: Sendable {
        var backend: RunningBackend
        var stage = Stage.running
        /// When the stage began.
        var since: Date
    }

    private let hands: WorkloadHands
    private let start: BackendStarter
    /// Rung when a backend has ended.
    private let bell: Bell
    private let pause: TimeInterval
    private let runs = Mutex<[String: Run]>([:])

    /// - Parameter pause: seconds for which a pod stays in each of the steps `leaving` and `left`: more than watchers need to hear of it.
    init(_ hands: WorkloadHands, pause: TimeInterval, bell: Bell, start: @escaping BackendStarter) {
        self.hands = hands
        self.pause = pause
        self.bell = bell
        self.start = start
    }

    /// How far the pod's end has come; nil when it does not run here.
    func stage(of pod: Value) -> Stage? { runs.withLock { $0[pod.uid]?.stage } }

    /// - Returns: when to look again although nothing changed.
    func reconcile() -> Date? {
        let pods = hands.store.list(.pods)
        for pod in pods where !pod.isBeingDeleted {
            if pod[at: "spec", "nodeName"] == nil {
                schedule(pod)
            } else if pod[at: "spec", "nodeName"]?.string == Self.node, stage(of: pod) == nil {
                run(pod)
            }
        }
        return end(pods)
    }

    // MARK: - Beginning

    private func schedule(_ pod: Value) {
        hands.edit(.pods, pod) { $0["spec"]?["nodeName"] = .string(Self.node) }
        hands.events.normal(
            pod, "Scheduled", "Successfully assigned \(pod.namespace)/\(pod.name) to \(Self.node)", from: "default-scheduler")
    }

    private func run(_ pod: Value) {
        let images = (pod[at: "spec", "containers"]?.array ?? []).map { $0["image"]?.string ?? "" }
        if let foreign = images.first(where: { SampleImage($0) == nil }) {
            return refuse(pod, "ErrImagePull", "Failed to pull image \"\(foreign)\": \(SampleImage.remedy).")
        }
        guard let sample = images.first.flatMap({ SampleImage($0) }) else { return }
        do {
            let backend = try start(sample.version, pod.name)
            runs.withLock { $0[pod.uid] = Run(backend: backend, since: hands.now) }
            hands.edit(.pods, pod) { $0.setAnnotation(Self.portAnnotation, String(backend.port)) }
            hands.edit(.pods, pod, .status) { $0["status"] = PodStatus(pod, now: self.hands.timestamp).running }
            hands.events.normal(
                pod, "Started", "Started a sample backend \(sample.version) on 127.0.0.1:\(backend.port)", from: Self.component)
        } catch {
            refuse(pod, "RunContainerError", "The sample backend could not start: \(error).")
        }
    }

    private func refuse(_ pod: Value, _ reason: String, _ message: String) {
        let status = PodStatus(pod, now: hands.timestamp).waiting(reason, message)
        if pod["status"] != status { hands.edit(.pods, pod, .status) { $0["status"] = status } }
        hands.events.warningOnce(pod, "Failed", message, from: Self.component)
    }

    // MARK: - Ending

    private func end(_ pods: [Value]) -> Date? {
        let present = Dictionary(pods.map { ($0.uid, $0) }) { first, _ in first }
        for pod in pods where pod.isBeingDeleted && stage(of: pod) == nil { hands.delete(.pods, pod, grace: 0) }
        let now = hands.now
        var next: Date?
        for (uid, run) in runs.withLock({ $0 }) {
            let pod = present[uid]
            guard pod == nil || pod?.isBeingDeleted == true else { continue }
            let stage = advance(uid, run, pod, now)
            if stage == .stopped {
                runs.withLock { _ = $0.removeValue(forKey: uid) }
                if let pod { hands.delete(.pods, pod, grace: 0) }
            } else if stage == .leaving || stage == .left {
                let due = (stage == run.stage ? run.since : now).addingTimeInterval(pause)
                next = min(next ?? due, due)
            }
        }
        return next
    }

    private func advance(_ uid: String, _ run: Run, _ pod: Value?, _ now: Date) -> Stage {
        let isDue = now >= run.since.addingTimeInterval(pause)
        let next: Stage =
            switch run.stage {
            // A pod that vanished has left the slices with that.
            case .running: pod == nil ? .left : .leaving
            case .leaving where pod == nil || isDue: .left
            case .left where isDue: .stopping
            default: run.stage
            }
        guard next != run.stage else { return next }
        runs.withLock { runs in
            runs[uid]?.stage = next
            runs[uid]?.since = now
        }
        if next == .leaving, let pod { showEnding(pod) }
        if next == .stopping { stop(uid, run.backend) }
        return next
    }

    private func showEnding(_ pod: Value) {
        hands.edit(.pods, pod, .status) { $0["status"] = PodStatus($0, now: self.hands.timestamp).ending }
        hands.events.normal(pod, "Killing", "Stopping the sample backend", from: Self.component)
    }

    private func stop(_ uid: String, _ backend: RunningBackend) {
        let isStarted = SystemThread.start("pod-stop") { [self] in
            backend.stop()
            runs.withLock { $0[uid]?.stage = .stopped }
            bell.ring()
        }
        // Without a thread it is tried again at the next look.
        if !isStarted { runs.withLock { $0[uid]?.stage = .left } }
    }

    /// Ends every backend at once: the cluster ends.
    func stopAll() {
        let all = runs.withLock { runs in
            defer { runs = [:] }
            return runs.values.filter { $0.stage != .stopping && $0.stage != .stopped }
        }
        for run in all { run.backend.stop() }
    }
}
