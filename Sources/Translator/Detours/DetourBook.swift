import Documents
import Graph
import Resources

/// Where annotations send requests for Services instead. What a namespace's annotations come to is worked out as a whole whenever one of
/// its Services changes, so that it never depends on what changed first; namespaces without such annotations cost nothing.
struct DetourBook {
    /// Services that are canaries, are switched or are divided by a Rollout, by namespace.
    private var annotated: [String: [ObjectKey: Stored<Service>]] = [:]
    private var judgements: [String: DetourJudgement] = [:]

    /// What a change came to.
    struct Changes {
        var clusters: Set<ClusterID> = []
        var diagnostics: [(object: ObjectReference, found: [Diagnostic])] = []
    }

    /// Those that are annotated, or were when they were last looked at.
    var services: some Sequence<ObjectKey> { annotated.values.lazy.flatMap(\.keys) }

    func detour(of cluster: ClusterID, in service: ObjectKey) -> Detour? { judgements[service.namespace]?.detours[cluster] }

    mutating func settle(_ services: Set<ObjectKey>, _ snapshot: Snapshot, _ settings: TranslatorSettings) -> Changes {
        var concerned: Set<String> = []
        for key in services {
            if annotated[key.namespace] != nil { concerned.insert(key.namespace) }
            guard let stored = snapshot.services[key], Self.isAnnotated(stored) || isDivided(key, snapshot) else {
                annotated[key.namespace]?[key] = nil
                continue
            }
            annotated[key.namespace, default: [:]][key] = stored
            concerned.insert(key.namespace)
        }
        var changes = Changes()
        for namespace in concerned { settle(namespace, snapshot, settings, &changes) }
        return changes
    }

    private func isDivided(_ key: ObjectKey, _ snapshot: Snapshot) -> Bool {
        snapshot.rollouts(of: key).contains { RolloutCheck.isOfService($0.resource.spec.targetRef) }
    }

    private static func isAnnotated(_ stored: Stored<Service>) -> Bool {
        !stored.isPlain
            && [ServiceAnnotation.canaryOf, .switchTo].contains {
                stored.packed.string(at: "metadata", "annotations", $0.rawValue) != nil
            }
    }

    private mutating func settle(
        _ namespace: String, _ snapshot: Snapshot, _ settings: TranslatorSettings, _ changes: inout Changes
    ) {
        let services = (annotated[namespace] ?? [:]).values.sorted { $0.key < $1.key }
        if services.isEmpty { annotated[namespace] = nil }
        let old = judgements[namespace] ?? DetourJudgement()
        let new = services.isEmpty ? DetourJudgement() : DetourJudge.judge(services, namespace, snapshot, settings)
        judgements[namespace] = services.isEmpty ? nil : new
        for id in Set(old.detours.keys).union(new.detours.keys) where old.detours[id] != new.detours[id] {
            changes.clusters.insert(id)
        }
        for object in Set(old.diagnostics.keys).union(new.diagnostics.keys) {
            changes.diagnostics.append((object, new.diagnostics[object] ?? []))
        }
    }
}

/// What the annotations of one namespace come to.
struct DetourJudgement {
    /// By the cluster whose requests go elsewhere, used or not.
    var detours: [ClusterID: Detour] = [:]
    var diagnostics: [ObjectReference: [Diagnostic]] = [:]
}
