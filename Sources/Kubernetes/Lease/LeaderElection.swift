public import Base
import Documents
import Foundation

/// Runs a `LeaseMachine` against a Lease object: at most one of the replicas that share the Lease leads at a time.
public struct LeaderElection: Sendable {
    static let type = ResourceType(group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease")

    private let client: APIClient
    private let key: ObjectKey
    private let identity: String
    private let settings: LeaseMachine.Settings
    private let failed: @Sendable (APIError) -> Void

    /// - Parameters:
    ///   - identity: unique among the replicas, such as the pod's name.
    ///   - failed: told each time that the Lease can be neither read nor written, losing a race excepted.
    public init(
        _ client: APIClient, lease: ObjectKey, identity: String, settings: LeaseMachine.Settings = .init(),
        failed: @escaping @Sendable (APIError) -> Void = { _ in }
    ) {
        // A call that hangs must not outlast the time after which a leader steps down.
        self.client = APIClient(beside: client, timeout: settings.renewDeadline / 4)
        self.key = lease
        self.identity = identity
        self.settings = settings
        self.failed = failed
    }

    /// Takes part until the task is cancelled, then gives the Lease up so that another may lead at once.
    /// `changed` is told with each renewal until when this replica leads, and nil when it ceases to.
    public func run(_ changed: @escaping @Sendable (_ until: Instant?) async -> Void) async {
        var machine = LeaseMachine(identity: identity, settings: settings)
        var actions = machine.handle(.timer, at: MonotonicClock.now)
        while !Task.isCancelled, !actions.isEmpty {
            var next: LeaseMachine.Event?
            for action in actions {
                switch action {
                case .lead(let until): await changed(until)
                case .follow: await changed(nil)
                case .read: next = await read()
                case .write(let transitions, let version): next = await write(transitions, version)
                case .rest(let duration):
                    try? await Task.sleep(for: duration)
                    next = .timer
                }
            }
            guard let next else { break }
            actions = machine.handle(next, at: MonotonicClock.now)
        }
        if machine.isLeader {
            await changed(nil)
            await release()
        }
    }

    private func read() async -> LeaseMachine.Event {
        do {
            return .read(record(try await client.get(Self.type, namespace: key.namespace, name: key.name)))
        } catch {
            if error.code == 404 { return .read(nil) }
            failed(error)
            return .readFailed(retryAfter: error.retryAfter)
        }
    }

    /// - Parameter isRelease: names nobody as the holder.
    private func write(_ transitions: Int, _ version: String?, isRelease: Bool = false) async -> LeaseMachine.Event {
        let duration = isRelease ? LeaseMachine.givenUp : settings.duration
        let now = Timestamp.microText(Date())
        var metadata: Value = ["name": .string(key.name), "namespace": .string(key.namespace)]
        if let version { metadata["resourceVersion"] = .string(version) }
        let lease: Value = [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata,
            "spec": [
                "holderIdentity": .string(isRelease ? "" : identity),
                "leaseDurationSeconds": .integer(duration.components.seconds),
                "acquireTime": .string(now), "renewTime": .string(now), "leaseTransitions": .integer(Int64(transitions)),
            ],
        ]
        do {
            let object =
                version == nil
                ? try await client.create(Self.type, namespace: key.namespace, lease)
                : try await client.update(Self.type, namespace: key.namespace, name: key.name, lease)
            return .written(record(object))
        } catch {
            // Changed by somebody else, or deleted: what is there now decides.
            if error.code == 409 || error.code == 404 && version != nil { return .overtaken }
            failed(error)
            return .writeFailed(retryAfter: error.retryAfter)
        }
    }

    /// In a task of its own, because this one is cancelled.
    private func release() async {
        await Task { [self] in
            guard case .read(.some(let record)) = await read(), record.holder == identity else { return }
            _ = await write(record.transitions, record.resourceVersion, isRelease: true)
        }.value
    }

    private func record(_ object: Object) -> LeaseMachine.Record {
        let spec = object.value["spec"]
        return LeaseMachine.Record(
            holder: spec?["holderIdentity"]?.string ?? "", transitions: Int(clamping: spec?["leaseTransitions"]?.integer ?? 0),
            renewTime: spec?["renewTime"]?.string ?? "", duration: .seconds(spec?["leaseDurationSeconds"]?.integer ?? 15),
            resourceVersion: object.resourceVersion)
    }
}
