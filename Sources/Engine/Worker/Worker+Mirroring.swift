import Base
import Graph
import HTTP
import Pipeline

// Copies of requests for mirrors (see `Worker+Copying`). Such a copy begins when all of its original is on its way, in a later turn, and knows
// nothing of it any longer but its comparison. So nothing that a mirror does or leaves undone is felt by whoever waits for the original.
extension Worker where P: ~Copyable {
    /// All of a request was handed to the socket: the copies that its rule wants are made.
    @inline(never)
    mutating func mirror(_ e: Int32, _ m: borrowing Memory) {
        m.exchanges[e].owesMirrors = false
        guard m.exchanges[e].plan >= 0, !m.exchanges[e].wantsTunnel, let view = m.plans[m.exchanges[e].plan].view else {
            return
        }
        let rows = view.rules[m.exchanges[e].x.rule].mirrors
        for i in 0..<rows.count {
            let row = rows[i]
            guard random.next() >> 32 < row.threshold else { continue }
            if let refusal = copy(e, to: row, at: Int32(truncatingIfNeeded: i), m) { metrics.mirrors.count(row.figures, refusal) }
        }
    }

    // MARK: A copy's beginning

    /// - Returns: why there is none.
    private mutating func copy(_ e: Int32, to row: MirrorRow, at place: Int32, _ m: borrowing Memory) -> MirrorOutcome? {
        if m.exchanges[e].isReplayLost { return m.exchanges[e].phase == .asking ? .bodyTooLong : .answeredEarly }
        if isDraining { return .draining }
        if isCopy(e, m) { return .isCopy }
        guard copies < m.limits.mirrors else { return .tooMany }
        guard metrics.mirrors.begin(row.figures, most: m.limits.mirrors &* Int(workerCount) / 2) else { return .tooMany }
        let refusal = begin(e, row, place, m)
        if refusal != nil { metrics.mirrors.end(row.figures) }
        return refusal
    }

    /// Copies are not copied, whoever says that it is one: two mirrors that lead to each other, or one that leads back here, would never
    /// come to an end.
    private func isCopy(_ e: Int32, _ m: borrowing Memory) -> Bool {
        let fields = m.head(e).fields
        for i in fields.indices where fields[i].kind == .mirror { return true }
        return false
    }

    private mutating func begin(_ e: Int32, _ row: MirrorRow, _ place: Int32, _ m: borrowing Memory) -> MirrorOutcome? {
        var refusal = MirrorOutcome.noMemory
        let c = makeCopy(of: e, &refusal, m)
        guard c >= 0 else { return refusal }
        m.exchanges[c].x.cluster = row.cluster
        m.exchanges[c].mirror = place
        m.exchanges[c].requestDeadline = tick &+ max(1, row.timeout > 0 ? row.timeout : m.limits.mirror)
        if row.comparesAnything { beginComparing(e, c, row, m) }
        armExchange(c, m)
        return nil
    }

    // MARK: A copy's answer

    /// The answer's head is here. Its body will be read and thrown away.
    mutating func beginCopyAnswer(_ e: Int32, _ t: Int32, _ response: ParsedResponse, _ m: borrowing Memory) {
        let framing = response.framing(toHead: m.exchanges[e].isHead)
        m.exchanges[e].x.status = response.status
        m.streams[t].hasHead = true
        m.streams[t].decoder = BodyDecoder(framing, length: response.facts.contentLength)
        m.streams[t].keepsAlive = response.keepsAlive && framing != .untilClose
        let head = ResponseHead(
            bytes: m.receive[input.range], fields: m.fields.first(Int(response.facts.count)), status: response.status)
        if m.exchanges[e].comparison >= 0 { compareHead(e, head, m) }
        input.start &+= response.length
        m.exchanges[e].phase = .answering
        loseReplay(e, m)
    }

    /// Counts how a copy ended.
    mutating func recordCopy(_ e: Int32, _ m: borrowing Memory) {
        copies &-= 1
        guard let row = mirrorRow(e, m.exchanges[e].mirror, m) else { return }
        metrics.mirrors.end(row.figures)
        metrics.mirrors.count(row.figures, MirrorOutcome(m.exchanges[e].x.reason))
    }

    /// A mirror of the exchange's rule.
    func mirrorRow(_ e: Int32, _ place: Int32, _ m: borrowing Memory) -> MirrorRow? {
        let p = m.exchanges[e].plan
        guard p >= 0, let view = m.plans[p].view, place >= 0 else { return nil }
        let rows = view.rules[m.exchanges[e].x.rule].mirrors
        return place < rows.size ? rows[place] : nil
    }
}
