import Documents
import Fetch
import Foundation
import Kubernetes
import Resources
import Secure
import Serving
import Synchronization
import Telemetry

/// Follows the Secret of the replicas' identity, proves it to who connects and to who is asked, and keeps it while this replica leads.
///
/// Nothing that is in the Secret is ever logged. An identity that cannot be used changes nothing: the one before it stays in force.
final class IdentityFollower: Sendable {
    /// Says that a leader wrote the Secret's data.
    static let mark = "martlet.dev/kept-by"

    /// The Secret as it is.
    private struct Seen {
        var uid: String
        var version: String
        var data: [String: String]
        var isOurs: Bool
    }

    private struct State {
        /// nil before the first list; then whether there is one.
        var seen: Seen??
        var until: Int64?
        var client: Client?
        /// The last trouble that was told.
        var told = ""
        /// Wakes the one who keeps it; nil while nobody does.
        var news: AsyncStream<Void>.Continuation?
    }

    private let door: ClusterDoor
    private let key: ObjectKey
    private let server: Server
    private let log: LogSink
    private let keeper = IdentityKeeper()
    private let state = Mutex(State())

    /// - Parameter server: shows the identity to who connects.
    init(_ door: ClusterDoor, secret key: ObjectKey, server: Server, log: @escaping LogSink) {
        self.door = door
        self.key = key
        self.server = server
        self.log = log
    }

    /// For asking the others; nil before there is an identity.
    var client: Client? { state.withLock { $0.client } }
    var until: Int64? { state.withLock { $0.until } }

    // MARK: - Following

    /// Runs until the task is cancelled.
    func run() async {
        await door.run { [self] client in
            let watch = ListWatch(
                client, Secret.kind.listed, namespace: key.namespace, fieldSelector: "metadata.name=\(key.name)")
            await watch.run { [self] batch in batch.updates.forEach(take) }
        }
    }

    private func take(_ update: ListWatch.Update) {
        switch update {
        case .replaced(let objects): see(objects.first { $0.key.name == key.name })
        case .put(let object) where object.key.name == key.name: see(object)
        case .removed(let key) where key.name == self.key.name: see(nil)
        case .missing: see(nil)
        case .trouble(let error): tell("the identity of the replicas cannot be read", error.description)
        case .recovered: state.withLock { $0.told = "" }
        case .put, .removed: break
        }
    }

    private func see(_ object: Object?) {
        let seen = object.map { object in
            let data = (object.value["data"]?.object?.entries ?? []).compactMap { name, value in value.string.map { (name, $0) } }
            return Seen(
                uid: object.value[at: "metadata", "uid"]?.string ?? "", version: object.resourceVersion,
                data: Dictionary(data) { first, _ in first },
                isOurs: object.value[at: "metadata", "annotations"]?[Self.mark] != nil)
        }
        let before = state.withLock { state in
            defer { state.seen = .some(seen) }
            return state.seen ?? nil
        }
        if let seen, !seen.data.isEmpty, seen.data != before?.data { use(seen.data) }
        _ = state.withLock { $0.news?.yield() }
    }

    private func use(_ data: [String: String]) {
        do {
            let identity = try PeerIdentity(data)
            server.replace(try identity.serverContext())
            let tls = TLSOptions(
                authorities: .bytes(identity.authoritiesPEM), clientCertificate: .bytes(identity.certificatePEM),
                clientKey: .bytes(identity.keyPEM), serverName: PeerIdentity.name)
            // Replicas are neighbours: no proxy of the environment lies between them.
            let client = Client(.init(tls: tls, proxy: "", http2: false))
            state.withLock { state in
                state.client = client
                state.until = identity.leaf.certificate.validUntil
                state.told = ""
            }
            // Who proved the identity before it has to prove this one.
            server.dropConnections()
            log(
                LogEvent(
                    .info, "the identity of the replicas is in force",
                    ["secret": key.description, "until": "\(identity.leaf.certificate.validUntil)"]))
        } catch {
            tell("the identity of the replicas cannot be used; the one before it stays in force", "\(error)")
        }
    }

    private func tell(_ what: String, _ problem: String) {
        let isNews = state.withLock { state in
            defer { state.told = what + problem }
            return state.told != what + problem
        }
        if isNews, !Task.isCancelled {
            log(LogEvent(.warning, what, ["secret": key.description, "problem": problem]))
        }
    }

    // MARK: - Keeping

    /// Keeps it as the leader, until the task is cancelled.
    func keep(_ record: @escaping @Sendable (EventRecorder.Note) -> Void) async {
        // One for each time that this replica leads: who stops to listen ends a stream for good.
        let (news, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.news = sink }
        sink.yield()
        await withTaskGroup { group in
            group.addTask { [self] in
                for await _ in news {
                    if Task.isCancelled { return }
                    await keepOnce(record)
                }
            }
            group.addTask { [self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(state.withLock { $0.told.isEmpty } ? 600 : 10))
                    sink.yield()
                }
            }
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func keepOnce(_ record: @Sendable (EventRecorder.Note) -> Void) async {
        guard let known = state.withLock({ $0.seen }) else { return }
        let now = Int64(Date().timeIntervalSince1970)
        switch keeper.next(known?.data ?? [:], isOurs: known?.isOurs ?? true, now: now) {
        case .keep: break
        case .refuse(let remedy):
            tell("the identity of the replicas is not ours to repair", remedy)
            guard let known else { return }
            record(
                EventRecorder.Note(
                    .warning, apiVersion: Secret.kind.apiVersion, kind: Secret.kind.kind, object: key, uid: known.uid,
                    reason: "PeerIdentityUnusable", message: remedy))
        case .write(let data, let why): await write(data, over: known, why)
        }
    }

    private func write(_ data: [String: String], over known: Seen?, _ why: String) async {
        var metadata: Value = ["annotations": [Self.mark: "martlet"]]
        var fields = Value.Fields()
        for (name, text) in data.sorted(by: { $0.key < $1.key }) { fields[name] = .string(text) }
        do {
            if let known {
                metadata["resourceVersion"] = .string(known.version)
                _ = try await door.client().patch(
                    Secret.kind.listed, namespace: key.namespace, name: key.name, .merge,
                    ["metadata": metadata, "data": .object(fields)])
            } else {
                metadata["name"] = .string(key.name)
                metadata["namespace"] = .string(key.namespace)
                let secret: Value = [
                    "apiVersion": .string(Secret.kind.apiVersion), "kind": .string(Secret.kind.kind), "metadata": metadata,
                    "type": .string(Secret.peersType), "data": .object(fields),
                ]
                _ = try await door.client().create(Secret.kind.listed, namespace: key.namespace, secret)
            }
            log(
                LogEvent(
                    .info, "the identity of the replicas was made anew",
                    ["secret": key.description, "because": known == nil ? "there was none" : why]))
        } catch {
            // Written by somebody else: the watch brings what is there now.
            guard error.code != 409 else { return }
            let mayNotCreate = known == nil && error.code == 403
            let remedy = mayNotCreate ? " Create it empty, of type \(Secret.peersType), as the chart does." : ""
            tell("the identity of the replicas cannot be written", error.description + remedy)
        }
    }
}

extension ResourceKind {
    /// The same for the client.
    var listed: ResourceType {
        ResourceType(group: group, version: version, plural: plural, kind: kind, isNamespaced: isNamespaced)
    }
}
