import Engine
import Telemetry

extension Proxy.DrainReport {
    /// What the log says at the end.
    var event: LogEvent {
        LogEvent(
            cut > 0 ? .warning : .info, cut > 0 ? "ended with requests under way" : "ended, all requests finished",
            ["finished": "\(finished)", "cut": "\(cut)", "tunnels": "\(tunnels)"])
    }
}
