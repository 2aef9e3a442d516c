import Base
import HTTP
import Pipeline
import Synchronization

/// A listener as workers see it.
@safe struct ListenerRow {
    let hosts: HostTableRow
    let port: UInt16
    /// Some of its hosts take connections, by the name that a client asks for.
    let hasJoined: Bool
}

/// A plan as workers use it: plain data, no reference counting, no locks. Valid while the worker or an exchange pins the plan.
@safe struct PlanView: @unchecked Sendable {
    // Unchecked: everything behind it is constant or atomic.
    let listeners: UnsafePointer<ListenerRow>
    let count: Int32
    /// Rows of rules, by `x.rule`.
    let rules: TableView<RuleRow>
    let cells: CellView

    // MARK: Matching

    /// Finds the entry that takes the request: fills `entry`, `rule`, `series` and `matchedPrefixLength` of the exchange.
    ///
    /// Reads `listener` and `client` of the exchange, and of the head method, host, path, query and fields.
    ///
    /// - Returns: `.ok`, or why there is no entry: `.noListenerHost`, `.noRoute`, `.patternLimit`.
    func match(_ head: borrowing RequestHead, _ x: inout Exchange) -> Reason {
        guard x.listener >= 0, x.listener < count else { return .noListenerHost }
        let row = unsafe listeners + Int(x.listener)
        guard let host = unsafe row.pointee.hosts.find(head.host) else { return .noListenerHost }
        let found = unsafe host.pointee.match(head, x.client)
        guard found >= 0 else { return found == -1 ? .noRoute : .patternLimit }
        let entry = unsafe host.pointee.entries[found]
        x.entry = found
        x.rule = entry.rule
        x.matchedPrefixLength = entry.prefixLength >= 0 ? entry.prefixLength : head.line.pathLength
        x.series = rules[entry.rule].series.value
        return .ok
    }

    /// Whether a listener has to know a connection's name before anybody answers it.
    func hasJoined(_ listener: Int32) -> Bool {
        guard listener >= 0, listener < count else { return false }
        return unsafe listeners[Int(listener)].hasJoined
    }

    /// The rule that takes connections whose client asks for that name, or for none (empty); -1 when requests are read from them.
    func joining(_ listener: Int32, _ name: borrowing Span<UInt8>) -> Int32 {
        guard hasJoined(listener) else { return -1 }
        guard let host = unsafe listeners[Int(listener)].hosts.find(name), unsafe host.pointee.isJoined else { return -1 }
        return unsafe host.pointee.entries.count > 0 ? host.pointee.entries[0].rule : -1
    }

    // MARK: What was chosen

    /// Filters that the chosen backend adds behind those of its rule.
    @inline(__always)
    func backendChain(_ x: borrowing Exchange) -> FilterChain {
        guard x.rule >= 0, x.arm >= 0, x.backend >= 0 else { return .empty }
        return rules[x.rule].split.arms[Int(x.arm)].backends[Int(x.backend)].chain
    }

    /// The arm's name for logs; nothing before one is chosen.
    @inline(__always)
    func armName(_ x: borrowing Exchange) -> ByteRef {
        guard x.rule >= 0, x.arm >= 0 else { return .nothing }
        return rules[x.rule].split.arms[Int(x.arm)].name
    }

    /// The series of the arm, or of the rule while none is chosen, has an index from now on.
    func remember(series: Int32, of x: borrowing Exchange) {
        guard x.rule >= 0 else { return }
        let row = unsafe rules.pointer(x.rule)
        (x.arm >= 0 ? unsafe row.pointee.split.arms[Int(x.arm)].series : unsafe row.pointee.series).set(series)
    }

    // MARK: Answers of our own

    /// Sends a request that came without TLS to https, at the scheme's own port.
    func sealedReply(_ head: borrowing RequestHead, _ x: inout Exchange) -> LocalReply {
        var row = RedirectRow()
        row.scheme = .https
        row.status = 308
        return RedirectBuilder.reply(row, head, &x)
    }

    /// The answer of a rule that does not forward.
    func reply(_ head: borrowing RequestHead, _ x: inout Exchange) -> LocalReply {
        let row = unsafe rules.pointer(x.rule)
        switch unsafe row.pointee.kind {
        case .redirect: return RedirectBuilder.reply(unsafe row.pointee.redirect, head, &x)
        case .respond:
            let response = unsafe row.pointee.response
            return LocalReply(
                status: response.status, reason: .directResponse, contentType: response.contentType,
                body: response.body.count > 0 ? .bytes(response.body) : .none)
        case .fail, .forward: return unsafe LocalReply(row.pointee.reason)
        }
    }
}
