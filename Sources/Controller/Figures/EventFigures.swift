import Telemetry

/// What became of Events about objects.
public struct EventFigures: Sendable, Equatable {
    /// Created, or counted up.
    public var written: UInt64 = 0
    /// Not written, because the same was said within ten minutes, by whatever replica.
    public var repeated: UInt64 = 0
    /// Not written, because too many waited.
    public var overflowed: UInt64 = 0
    /// Not written, because one object had too many.
    public var excessive: UInt64 = 0
    /// The API server refused them, or gave no answer.
    public var refused: UInt64 = 0

    public init() {}

    func write(to page: inout Exposition) {
        page.family("martlet_events_total", .counter, help: "Events about objects, by what became of them.")
        page.sample([("result", "written")], written)
        page.sample([("result", "repeated")], repeated)
        page.family("martlet_events_dropped_total", .counter, help: "Events about objects that nobody sees, by why.")
        page.sample([("reason", "queue")], overflowed)
        page.sample([("reason", "object")], excessive)
        page.sample([("reason", "refused")], refused)
    }
}
