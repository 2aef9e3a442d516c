import Resources
public import Telemetry
public import Translator

/// How the controller stands: for `/metrics`, `/stats` and `/config`.
public struct ControllerFigures: Sendable {
    public var feeds: [FeedFigures] = []
    /// Everything was listed once, and a graph was made of it.
    public var isTranslated = false
    public var translations: UInt64 = 0
    public var cellUpdates: UInt64 = 0
    /// Making graphs, from snapshot to graph.
    public var translating = Tally()
    /// From the arrival of the first event of a round to the end of publishing what followed from it.
    public var reacting = Tally()
    /// When the last event came, in seconds since 1970; 0 before the first.
    public var lastEvent = 0.0
    public var generation: UInt64 = 0
    /// When the state was kept that is served because the source has not listed everything yet, in seconds since 1970; nil otherwise.
    public var servedFrom: Int64?
    public var diagnostics: [Diagnostic] = []
    /// When certificates that are presented end, in seconds since 1970, by `namespace/name` of their Secrets.
    public var certificateExpiries: [String: Int64] = [:]
    /// How each Rollout stands.
    public var rollouts: [RolloutFigures] = []
    /// nil without a cluster.
    public var isLeader: Bool?
    public var statusesWritten: UInt64 = 0
    public var statusesFailed: UInt64 = 0
    public var events = EventFigures()
    public var inquiries = InquiryFigures()

    public init() {}

    /// Appends families to a page of metrics.
    public func write(to page: inout Exposition) {
        page.family("martlet_watch_up", .gauge, help: "Whether a source of objects is kept up with.")
        for feed in feeds {
            let labels = [("resource", feed.name), ("namespace", feed.namespace ?? ""), ("name", feed.object ?? "")]
            page.sample(labels, feed.state == .current ? 1 : 0)
        }
        page.family("martlet_last_event_timestamp_seconds", .gauge, help: "When the last event of a source came, in Unix time.")
        page.sample([], lastEvent)
        page.family("martlet_translations_total", .counter, help: "Graphs made from objects.")
        page.sample([], translations)
        page.family(
            "martlet_cell_updates_total", .counter, help: "Changes of endpoints, weights and certificates that needed no graph.")
        page.sample([], cellUpdates)
        page.family("martlet_translation_seconds", .histogram, help: "Making a graph from objects.")
        page.histogram(bounds: Tally.bounds, counts: translating.counts, sum: translating.sum)
        page.family(
            "martlet_reaction_seconds", .histogram, help: "From the arrival of an event to the end of publishing what follows.")
        page.histogram(bounds: Tally.bounds, counts: reacting.counts, sum: reacting.sum)
        page.family("martlet_published_generation", .gauge, help: "Generation of the last graph that was published.")
        page.sample([], generation)
        page.family("martlet_diagnostics", .gauge, help: "What is wrong with objects at present.")
        for severity in Diagnostic.Severity.allCases {
            page.sample([("severity", severity.rawValue)], diagnostics.count { $0.severity == severity })
        }
        page.family(
            "martlet_certificate_expiry_timestamp_seconds", .gauge,
            help: "When the certificate of a Secret that is presented ends, in Unix time.")
        for (secret, end) in certificateExpiries.sorted(by: { $0.key < $1.key }) {
            page.sample([("secret", secret)], Double(end))
        }
        if !rollouts.isEmpty { writeRollouts(&page) }
        writeReports(&page)
    }

    private func writeRollouts(_ page: inout Exposition) {
        page.family("martlet_rollouts", .gauge, help: "Rollouts by phase, as their statuses say it.")
        for phase in RolloutStatus.Phase.allCases {
            page.sample([("phase", phase.rawValue)], rollouts.count { ($0.phase ?? .pending) == phase })
        }
        page.family("martlet_rollout_canary_weight_percent", .gauge, help: "What of both arms' requests goes to the canary arm.")
        for one in rollouts { page.sample([("rollout", one.name)], one.canaryWeight) }
    }

    private func writeReports(_ page: inout Exposition) {
        guard let isLeader else { return }
        page.family("martlet_leader", .gauge, help: "Whether this replica writes statuses and Events.")
        page.sample([], isLeader ? 1 : 0)
        page.family("martlet_status_writes_total", .counter, help: "Statuses of objects that were written.")
        page.sample([("result", "ok")], statusesWritten)
        page.sample([("result", "failed")], statusesFailed)
        events.write(to: &page)
        inquiries.write(to: &page)
    }
}
