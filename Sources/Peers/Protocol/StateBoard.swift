import Base
import Dispatch
import Documents
import Kubernetes
import Serving
import Synchronization

/// This replica's report as it is now, and those who wait for the next one.
final class StateBoard: RequestHandler {
    /// The longest that anybody waits.
    private static let longestWait = Duration.seconds(30)

    private struct State {
        var report: ReplicaReport
        var number: UInt64 = 0
        var waiting: [UInt64: DispatchSemaphore] = [:]
        var lastWaiter: UInt64 = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    /// Makes the names of states differ from those of another process.
    private let run: String

    init(_ report: ReplicaReport, run: String) {
        self.run = run
        var report = report
        report.state = "\(run)-0"
        state = Mutex(State(report: report))
    }

    var report: ReplicaReport { state.withLock { $0.report } }

    func change(_ edit: (inout ReplicaReport) -> Void) {
        state.withLock { state in
            var report = state.report
            edit(&report)
            guard report != state.report else { return }
            state.number += 1
            report.state = "\(run)-\(state.number)"
            state.report = report
            for waiter in state.waiting.values { waiter.signal() }
        }
    }

    /// Nobody waits any more.
    func close() {
        state.withLock { state in
            state.isClosed = true
            for waiter in state.waiting.values { waiter.signal() }
        }
    }

    /// Blocks until the state is another than `known`, at most that long.
    func report(after known: String, within limit: Duration) -> ReplicaReport {
        let waiter = DispatchSemaphore(value: 0)
        let number: UInt64? = state.withLock { state in
            guard state.report.state == known, !state.isClosed else { return nil }
            state.lastWaiter += 1
            state.waiting[state.lastWaiter] = waiter
            return state.lastWaiter
        }
        guard let number else { return report }
        _ = waiter.wait(timeout: .now() + .nanoseconds(Int(clamping: min(limit, Self.longestWait).wholeNanoseconds)))
        return state.withLock { state in
            state.waiting[number] = nil
            return state.report
        }
    }

    func respond(to request: ServedRequest) -> ServedResponse {
        guard request.path == "/v1/state" else {
            return ServedResponse(status: 404, contentType: "text/plain; charset=utf-8", text: "there is /v1/state\n")
        }
        guard request.method == "GET" else {
            return ServedResponse(status: 405, headers: ["Allow": "GET"])
        }
        let wait = request.parameter("wait").flatMap { Scalars.duration($0) } ?? .zero
        let report = report(after: request.parameter("after") ?? "", within: wait)
        return ServedResponse(contentType: "application/json", text: report.json.jsonText)
    }
}
