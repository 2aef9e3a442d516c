import Documents
import Kubernetes
import Resources
import Telemetry
import Translator

/// What the controller tells the cluster: statuses and Events, while this replica leads.
final class ClusterReports: Sendable {
    private let connection: ClusterConnection
    private let published: ControllerSettings.Published
    let statuses: StatusWriter
    let events: EventWriter
    let rollouts: RolloutDriver
    let inquirer: Inquirer
    private let leadership: Leadership
    private let term = LeaderTerm()

    /// - Parameters:
    ///   - fleet: nil where this replica is taken to be alone.
    ///   - outlet: whose counters Rollouts are judged by.
    ///   - retreat: told when a revision is taken back here by itself, and (nil) when the status is obeyed again.
    ///   - led: told when this replica begins to lead, and when it ceases to.
    init(
        _ connection: ClusterConnection, _ settings: ControllerSettings, fleet: Fleet?, outlet: Outlet,
        retreat: @escaping @Sendable (ObjectReference, String?) -> Void, log: @escaping LogSink,
        led: @escaping @Sendable (Bool) -> Void
    ) {
        self.connection = connection
        published = settings.published
        let name = settings.translator.controllerName
        var addresses = LoadBalancerAddresses.none
        if case .addresses(let fixed) = settings.published { addresses = LoadBalancerAddresses(fixed) }
        let events = EventWriter(connection, component: name, instance: settings.identity, term: term, log: log)
        self.events = events
        let statuses = StatusWriter(
            connection, settings: .init(controllerName: name), addresses: addresses, fleet: fleet, term: term,
            asked: events.pause, log: log)
        self.statuses = statuses
        let inquirer = Inquirer(connection, allowsLocal: settings.translator.allowsLoopback)
        self.inquirer = inquirer
        let rollouts = RolloutDriver(
            connection, term: term, inquirer: inquirer, measure: outlet.measure, retreat: retreat, note: { events.offer($0) },
            asked: events.pause,
            log: log)
        self.rollouts = rollouts
        leadership = Leadership(
            namespace: connection.client.access.namespace, identity: settings.identity, term: term, log: log
        ) { until, isNews in
            statuses.tell(.leading(until: until))
            if isNews { rollouts.tell(.leading(until != nil)) }
            if isNews { led(until != nil) }
        }
    }

    var isLeader: Bool { term.isInForce }

    /// Runs until the task is cancelled; then gives the leadership up.
    func run() async {
        await withTaskGroup { group in
            group.addTask { [self] in await statuses.run() }
            group.addTask { [self] in await events.run() }
            group.addTask { [self] in await rollouts.run() }
            group.addTask { [self] in
                while !Task.isCancelled { await runConnected() }
            }
        }
    }

    /// What has to start over when the way to the cluster changed.
    private func runConnected() async {
        let client = connection.client
        await withTaskGroup { group in
            group.addTask { [self] in await leadership.run(client) }
            group.addTask { [self] in await followService(client) }
            group.addTask { [self] in await connection.replacement(of: client) }
            // Only the last of them ends by itself.
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func followService(_ client: APIClient) async {
        guard case .service(let namespace, let name) = published else {
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            return
        }
        let watch = ListWatch(client, Service.kind.type, namespace: namespace, fieldSelector: "metadata.name=\(name)")
        await watch.run { [statuses] batch in
            for update in batch.updates {
                switch update {
                case .replaced(let objects):
                    let service = objects.first { $0.key.name == name }
                    statuses.tell(.addresses(service.map { LoadBalancerAddresses(ofService: $0.value) } ?? .none))
                case .put(let object) where object.key.name == name:
                    statuses.tell(.addresses(LoadBalancerAddresses(ofService: object.value)))
                case .removed(let key) where key.name == name: statuses.tell(.addresses(.none))
                case .put, .removed, .missing, .trouble, .recovered: break
                }
            }
        }
    }

    /// Offers Events if this replica leads.
    func offer(_ notes: [EventRecorder.Note]) {
        guard term.isHeld else { return }
        notes.forEach(events.offer)
    }
}
