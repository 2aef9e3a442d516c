import Balancing
import Base
import HTTP
import Pipeline
import Reactor

// Clients that are to come to the same endpoint again (GEP-1619). Nothing is remembered of them: a cookie holds the endpoint's token, and of a
// header's value the endpoint follows.
extension Worker where P: ~Copyable {
    /// The endpoint that the request's client is tied to; `.none` when the balancer chooses.
    ///
    /// - Parameter ignoresHealth: in panic.
    @inline(never)
    mutating func tiedEndpoint(_ e: Int32, ignoresHealth: Bool, _ m: borrowing Memory) -> EndpointHandle {
        let cluster = m.exchanges[e].x.cluster
        let tie = tie(e, m)
        let tried = m.exchanges[e].tried
        var endpoint = EndpointHandle.none
        switch tie.kind {
        case .none: break
        case .header:
            let hash = RequestKey.header.hash(tie.name.span, m.head(e), client: m.exchanges[e].x.client)
            if let hash {
                endpoint = cells.tied(cluster, by: hash, tried: tried, ignoresHealth: ignoresHealth, now: now.nanoseconds)
            }
        case .cookie:
            let token = SessionToken(cookie: tie.name.span, of: m.head(e), at: wallSecond, lifetime: tie.lifetime)
            m.exchanges[e].isTied = true
            m.exchanges[e].tiedTo = token?.ticket ?? 0
            if let token {
                endpoint = cells.tied(
                    cluster, to: token.ticket, tried: tried, ignoresHealth: ignoresHealth, now: now.nanoseconds)
            }
        }
        m.exchanges[e].isAtTie = endpoint.isPresent
        return endpoint
    }

    /// What ties clients of the exchange's rule, else of its cluster.
    private func tie(_ e: Int32, _ m: borrowing Memory) -> EndpointTie {
        if m.exchanges[e].plan >= 0, let view = m.plans[m.exchanges[e].plan].view {
            let own = view.rules[m.exchanges[e].x.rule].tie
            if own.kind != .none { return own }
        }
        return cells.tie(m.exchanges[e].x.cluster)
    }

    /// Seconds since 1970.
    private var wallSecond: UInt32 {
        mutating get { UInt32(truncatingIfNeeded: port.wallClock() / 1_000_000_000) }
    }

    /// The endpoint has answered: a client that did not name it gets a cookie that does.
    @inline(never)
    mutating func tellTie(_ e: Int32, _ m: borrowing Memory) {
        let tie = tie(e, m)
        guard tie.kind == .cookie, let settings = cells.settings(m.exchanges[e].x.cluster), settings.ties.hasTokens else {
            return
        }
        let address = m.exchanges[e].address
        let ticket = settings.ties.token(of: address.ip, address.port)
        guard ticket != m.exchanges[e].tiedTo else { return }
        let isTrusted = m.sockets[m.streams[m.exchanges[e].downstream].socket].isTrusted
        let isSealed = m.exchanges[e].x.scheme == .https || (isTrusted && SealedElsewhere.isSaid(m.head(e)))
        let token = SessionToken(ticket: ticket, issued: wallSecond)
        Self.write(token, tie, isSealed: isSealed, to: &m.exchanges[e].x.edits)
    }

    /// A cookie (RFC 6265 section 4.1), as a change of the answer's head. Where filters have filled the list of changes there is none: the
    /// client comes without it again.
    private static func write(_ token: SessionToken, _ tie: EndpointTie, isSealed: Bool, to edits: inout Edits) {
        let start = edits.textPosition
        guard edits.append(text: "set-cookie") else { return }
        let field = edits.text(from: start)
        let value = edits.textPosition
        var isWritten = edits.append(text: tie.name.span) && edits.append(text: UInt8(ascii: "="))
        for i in 0..<SessionToken.length where isWritten { isWritten = edits.append(text: token.character(i)) }
        isWritten = isWritten && edits.append(text: "; Path=/; HttpOnly; SameSite=Lax")
        if tie.isPermanent && tie.lifetime > 0 {
            isWritten = isWritten && edits.append(text: "; Max-Age=") && edits.append(number: tie.lifetime)
        }
        if isSealed { isWritten = isWritten && edits.append(text: "; Secure") }
        if isWritten { edits.append(.add, .response, field, edits.text(from: value)) }
    }
}

extension Edits {
    /// Decimal digits.
    fileprivate mutating func append(number: UInt32) -> Bool {
        var divisor: UInt32 = 1
        while number / divisor >= 10 { divisor &*= 10 }
        while divisor > 0 {
            guard append(text: UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number / divisor % 10)) else { return false }
            divisor /= 10
        }
        return true
    }
}
