import Base
import Dispatch
import Documents
import Kubernetes
import Secure
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
    private let tickets: TLSTickets?
    private let counts: (@Sendable (String) -> Value)?

    /// - Parameters:
    ///   - tickets: what is given to, and taken from, who may ask here; nil where none are shared.
    ///   - counts: what this replica counted for a rule; nil where nobody may know.
    init(
        _ report: ReplicaReport, run: String, tickets: TLSTickets? = nil, counts: (@Sendable (String) -> Value)? = nil
    ) {
        self.run = run
        self.counts = counts
        self.tickets = tickets
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

    /// They may have been changed without us.
    private func noteTickets() {
        if let mark = tickets?.keys.mark { change { $0.tickets = mark } }
    }

    func respond(to request: ServedRequest) -> ServedResponse {
        if request.path == "/v1/tickets", let tickets { return respond(to: request, tickets) }
        guard request.path == "/v1/state" || request.path == "/v1/counts" else {
            return ServedResponse(
                status: 404, contentType: "text/plain; charset=utf-8",
                text: "there are /v1/state, /v1/tickets and /v1/counts\n")
        }
        guard request.method == "GET" else {
            return ServedResponse(status: 405, headers: ["Allow": "GET"])
        }
        if request.path == "/v1/counts" { return respond(toCounts: request) }
        let wait = request.parameter("wait").flatMap { Scalars.duration($0) } ?? .zero
        noteTickets()
        let report = report(after: request.parameter("after") ?? "", within: wait)
        return ServedResponse(contentType: "application/json", text: report.json.jsonText)
    }

    /// The identity says whether counting began anew.
    private func respond(toCounts request: ServedRequest) -> ServedResponse {
        guard let counts, let rule = request.parameter("rule") else { return ServedResponse(status: 404) }
        let page: Value = ["identity": .string("\(report.identity)/\(run)"), "counts": counts(rule)]
        return ServedResponse(contentType: "application/json", text: page.jsonText)
    }

    /// The leader levels keys: it takes newer ones, and gives its own to whoever has older ones.
    private func respond(to request: ServedRequest, _ tickets: TLSTickets) -> ServedResponse {
        switch request.method {
        case "GET":
            return ServedResponse(
                status: 200, headers: ["Content-Type": "application/octet-stream", "Cache-Control": "no-store"],
                body: .bytes(tickets.keys.bytes))
        case "PUT":
            guard let keys = TicketKeys(request.body) else {
                return ServedResponse(
                    status: 400, contentType: "text/plain; charset=utf-8", text: "these are no keys of tickets\n")
            }
            tickets.adopt(keys)
            noteTickets()
            return ServedResponse(status: 204)
        default: return ServedResponse(status: 405, headers: ["Allow": "GET, PUT"])
        }
    }
}
