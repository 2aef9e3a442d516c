import Balancing
import Telemetry

extension CellRegistry {
    /// Writes what became of arms without ready endpoints.
    func writeArms(_ text: inout Exposition) {
        text.family(
            "martlet_arm_changes_total", .counter,
            help: "Times that an arm of a split lost its last ready endpoint (empty), and had one again (ready).")
        for count in armCounts {
            let labels = [("rule", count.rule), ("arm", count.arm)]
            text.sample(labels + [("to", "empty")], count.emptied)
            if count.refilled > 0 { text.sample(labels + [("to", "ready")], count.refilled) }
        }
    }
}

extension LogEvent {
    init(_ news: ArmNews) {
        let fields: KeyValuePairs = ["rule": news.rule, "arm": news.arm]
        switch news.change {
        case .emptied: self.init(.warning, "an arm has no ready endpoint: the others have its share", fields)
        case .refilled where news.waits:
            self.init(.info, "an arm has a ready endpoint again: it has its share back in 30 s, if that stays so", fields)
        case .refilled: self.init(.info, "an arm has a ready endpoint: it has its share", fields)
        }
    }
}
