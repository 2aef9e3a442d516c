public import Documents
public import Telemetry

/// How the snapshot stands.
public struct LastGoodFigures: Sendable, Equatable {
    public var writes: UInt64 = 0
    public var failures: UInt64 = 0
    /// Seconds since 1970; nil before the first.
    public var lastWritten: Int64?
    public var bytes = 0
    public var lastWriteSeconds = 0.0
    /// Why the last attempt to write failed; empty when it did not.
    public var failure = ""

    public init() {}

    /// Appends families to a page of metrics.
    ///
    /// - Parameters:
    ///   - servedFrom: when the snapshot was written that is served from, in seconds since 1970; nil when the cluster is served.
    ///   - now: seconds since 1970.
    public func write(to page: inout Exposition, servedFrom: Int64?, now: Int64) {
        page.family(
            "martlet_serving_snapshot", .gauge, help: "Whether the last good state is served because the cluster cannot be asked."
        )
        page.sample([], servedFrom == nil ? 0 : 1)
        if let written = servedFrom ?? lastWritten {
            page.family(
                "martlet_snapshot_age_seconds", .gauge,
                help: "Since the snapshot that is served from, or else the one that was kept last, was known to be true.")
            page.sample([], Double(now - written))
        }
        page.family("martlet_snapshot_writes_total", .counter, help: "Attempts to keep the last good state.")
        page.sample([("result", "ok")], writes)
        page.sample([("result", "failed")], failures)
        page.family("martlet_snapshot_bytes", .gauge, help: "Size of the snapshot that was kept last.")
        page.sample([], bytes)
        page.family("martlet_snapshot_write_seconds", .gauge, help: "How long keeping it took, beside everything else.")
        page.sample([], lastWriteSeconds)
    }

    /// For `/config`.
    public func page(folder: String, servedFrom: Int64?, now: Int64) -> Value {
        var page: Value = ["directory": .string(folder), "serving": .bool(servedFrom != nil)]
        if let written = servedFrom ?? lastWritten { page["ageSeconds"] = .integer(now - written) }
        if !failure.isEmpty { page["problem"] = .string(failure) }
        return page
    }
}
