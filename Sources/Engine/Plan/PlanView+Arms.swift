import Balancing
import Base
import HTTP
import Pipeline
import Synchronization

/// What a choice goes by besides the request.
struct Circumstances {
    /// Nanoseconds of the monotonic clock.
    var now: UInt64
    /// Nanoseconds since 1970, where they matter.
    var wall: UInt64
    /// The request came from a proxy whose word counts.
    var isTrusted = false
}

// Choosing where to.
extension PlanView {
    /// Chooses arm and backend of a forwarding rule: fills `arm`, `backend`, `ticket`, `series` and `cluster` of the exchange, and gives
    /// a client that is to be known again its cookie.
    ///
    /// An override comes first, then the active arm, then the ticket, and chance for requests without one.
    ///
    /// - Returns: `.ok`, or why that share of the rule answers 500.
    func choose(
        _ head: borrowing RequestHead, _ x: inout Exchange, in circumstances: Circumstances, _ random: inout SeededRandom
    ) -> Reason {
        let split = rules[x.rule].split
        var arm = split.arms.count == 1 && split.shares.count == 0 ? 0 : -1
        if let more = split.more.value {
            var isGivenUp = false
            arm = more.overrides.count == 0 ? -1 : overriding(more, head, x, &isGivenUp)
            if isGivenUp { return .patternLimit }
            if arm < 0 {
                tie(more.tie, head, &x, circumstances, &random)
                arm = pick(split, more, x.ticket != 0 ? x.ticket : random.next(), circumstances.now)
            }
        } else if arm < 0 && split.shares.count > 0 {
            arm = ArmChoice.index(split.shares.span, ticket: random.next(), now: 0)
        }
        guard arm >= 0 else { return .noBackend }
        let row = split.arms[arm]
        x.arm = Int16(truncatingIfNeeded: arm)
        x.series = row.series.value
        let backend = row.backends.count == 1 && row.bounds[0] > 0 ? 0 : Self.draw(row.bounds, x.ticket, &random)
        guard backend >= 0 else { return .noBackend }
        x.backend = Int16(truncatingIfNeeded: backend)
        x.cluster = row.backends[backend].cluster
        return row.backends[backend].reason
    }

    /// Whether the wall clock matters to who chooses by the rule.
    func needsWallClock(_ rule: Int32) -> Bool { rules[rule].split.more.value?.tie.kind == .cookie }

    /// The arm of the first override that holds, or -1.
    private func overriding(
        _ more: SplitMore, _ head: borrowing RequestHead, _ x: borrowing Exchange, _ isGivenUp: inout Bool
    ) -> Int {
        for i in 0..<more.overrides.count {
            let row = more.overrides[i]
            if more.table.hold(row.firstCondition, row.conditionCount, head, x.client, &isGivenUp) { return Int(row.arm) }
            if isGivenUp { return -1 }
        }
        return -1
    }

    private func pick(_ split: SplitRow, _ more: SplitMore, _ ticket: UInt64, _ now: UInt64) -> Int {
        let active = Int(more.active)
        if active >= 0 && more.isForced { return active }
        if split.shares.count == 0 { return 0 }
        if more.cell >= 0 {
            let bits = cells.splits[more.cell].state.load(ordering: .acquiring)
            // A newer rule of the same id may have other arms by now: then those of this one count.
            if let state = unsafe UnsafePointer<SplitState>(bitPattern: bits),
                unsafe state.pointee.signature == more.signature
            {
                let shares = unsafe Span(_unsafeStart: state.shares, count: state.pointee.count)
                return ArmChoice.index(shares, active: active, ticket: ticket, now: now)
            }
        }
        return ArmChoice.index(split.shares.span, active: active, ticket: ticket, now: now)
    }

    /// - Parameter ticket: equal ones draw equally; 0 is chance.
    private static func draw(_ bounds: Rows<UInt32>, _ ticket: UInt64, _ random: inout SeededRandom) -> Int {
        // Spread once more: the bits that chose the arm say nothing about the backend.
        let number = ticket != 0 ? ticket.spread : random.next()
        return WeightedChoice.index(bounds.span, ticket: UInt32(truncatingIfNeeded: number >> 32))
    }

    // MARK: What ties a client to its arm

    private func tie(
        _ tie: Tie, _ head: borrowing RequestHead, _ x: inout Exchange, _ circumstances: Circumstances,
        _ random: inout SeededRandom
    ) {
        switch tie.kind {
        case .none: break
        case .address: x.ticket = RequestKey.address.hash(Span(), head, client: x.client) ?? 0
        case .header: x.ticket = RequestKey.header.hash(tie.name.span, head, client: x.client) ?? 0
        case .cookie:
            let second = UInt32(truncatingIfNeeded: circumstances.wall / 1_000_000_000)
            x.ticket = ticket(tie, head, second)
            if x.ticket == 0 {
                let isSealed = x.scheme == .https || (circumstances.isTrusted && SealedElsewhere.isSaid(head))
                issue(tie, isSealed, &x, second, &random)
            }
        }
    }

    /// The ticket of the client's cookie; 0 when it has none that counts.
    private func ticket(_ tie: Tie, _ head: borrowing RequestHead, _ now: UInt32) -> UInt64 {
        SessionToken(cookie: tie.name.span, of: head, at: now, lifetime: tie.lifetime)?.ticket ?? 0
    }

    /// Gives the client a ticket, and the cookie for it with whatever it is answered: it has chosen an arm by then.
    private func issue(_ tie: Tie, _ isSealed: Bool, _ x: inout Exchange, _ now: UInt32, _ random: inout SeededRandom) {
        let token = SessionToken(ticket: random.next(), issued: now)
        let start = x.edits.textPosition
        var isWritten = x.edits.append(text: tie.head)
        for i in 0..<SessionToken.length where isWritten { isWritten = x.edits.append(text: token.character(i)) }
        isWritten = isWritten && x.edits.append(text: tie.tail)
        if isSealed { isWritten = isWritten && x.edits.append(text: "; Secure") }
        // Filters have filled the list of changes: the client comes without a cookie again.
        guard isWritten, x.edits.append(.add, .response, tie.field, x.edits.text(from: start)) else { return }
        x.ticket = token.ticket
    }
}
