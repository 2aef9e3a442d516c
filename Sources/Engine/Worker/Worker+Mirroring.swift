import Base
import Graph
import HTTP
import Pipeline

// Copies of requests for mirrors. A copy is an exchange of its own whose client is a row without a socket: what is said to it is gone. It
// begins when all of its original is on its way, in a later turn, and knows nothing of it any longer but its comparison. So nothing that a
// mirror does or leaves undone is felt by whoever waits for the original.
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
        guard mirrors < m.limits.mirrors else { return .tooMany }
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
        guard m.blocks.bytesInUseByAll < m.blocks.budget / 10 * 8, var parts = copyParts(e, m) else { return .noMemory }
        guard let c = m.exchanges.take() else {
            parts.free(m.blocks)
            return .tooMany
        }
        guard let d = m.streams.take() else {
            m.exchanges.give(c)
            parts.free(m.blocks)
            return .tooMany
        }
        guard let v = m.sockets.take() else {
            m.exchanges.give(c)
            m.streams.give(d)
            parts.free(m.blocks)
            return .tooMany
        }
        mirrors &+= 1
        exchanges &+= 1
        makeClient(v, d, of: e, parts, m)
        m.streams[d].exchange = c
        makeExchange(c, d, of: e, parts, m)
        m.exchanges[c].x.cluster = row.cluster
        m.exchanges[c].mirror = place
        m.exchanges[c].requestDeadline = tick &+ max(1, row.timeout > 0 ? row.timeout : m.limits.mirror)
        if row.comparesAnything { beginComparing(e, c, row, m) }
        armExchange(c, m)
        queue(v, m)
        return nil
    }

    /// What a copy owns of the original's bytes.
    private struct CopiedParts {
        var head = Block.none
        var body = BlockChain()
        var trailers = Block.none
        var shown = Block.none

        mutating func free(_ pool: borrowing BlockPool) {
            pool.give(head)
            pool.give(trailers)
            pool.give(shown)
            body.free(pool)
        }
    }

    /// nil when there are not enough blocks.
    private func copyParts(_ e: Int32, _ m: borrowing Memory) -> CopiedParts? {
        let d = m.exchanges[e].downstream
        var parts = CopiedParts()
        let fields = Int(m.exchanges[e].request.facts.count) &* MemoryLayout<FieldLine>.stride
        let head = m.blocks.span(m.exchanges[e].head, 0..<(Int(m.exchanges[e].fieldsAt) &+ fields))
        let trailers = Int(m.streams[d].trailerLength)
        let shown = m.shown(by: m.streams[d].socket)
        guard copy(head, to: &parts.head, m),
            trailers == 0 || copy(m.blocks.span(m.streams[d].trailers, 0..<trailers), to: &parts.trailers, m),
            shown.count == 0 || copy(shown, to: &parts.shown, m)
        else {
            parts.free(m.blocks)
            return nil
        }
        var rest = m.exchanges[e].replay.reader()
        while !rest.isEmpty {
            let (block, range) = rest.piece(m.blocks)
            guard parts.body.append(m.blocks.span(block, range), m.blocks) else {
                parts.free(m.blocks)
                return nil
            }
            rest.skipPiece(m.blocks)
        }
        return parts
    }

    private func copy(_ bytes: borrowing Span<UInt8>, to block: inout Block, _ m: borrowing Memory) -> Bool {
        // What is parsed of trailers has an empty line behind it; see `parseTrailers`.
        guard let taken = m.blocks.take(bytes.count &+ 2) else { return false }
        m.blocks.write(bytes, to: taken, at: 0)
        block = taken
        return true
    }

    /// The row that stands for the copy's client, and says of it what the original's says.
    private func makeClient(_ v: Int32, _ d: Int32, of e: Int32, _ parts: CopiedParts, _ m: borrowing Memory) {
        let original = m.exchanges[e].downstream
        let s = m.streams[original].socket
        m.sockets[v] = SocketRow()
        m.sockets[v].role = .client
        m.sockets[v].layer = .mirror
        m.sockets[v].state = .copied
        m.sockets[v].peer = m.sockets[s].peer
        m.sockets[v].listener = m.sockets[s].listener
        m.sockets[v].isTrusted = m.sockets[s].isTrusted
        m.sockets[v].shown = parts.shown
        m.sockets[v].shownCount = Int32(truncatingIfNeeded: m.shown(by: s).count)
        m.sockets[v].stream = d
        m.streams[d] = StreamRow()
        m.streams[d].socket = v
        m.streams[d].hasHead = true
        m.streams[d].isInputDone = true
        m.streams[d].trailers = parts.trailers
        m.streams[d].trailerLength = m.streams[original].trailerLength
    }

    /// An exchange that asks what the original asked, as filters changed it.
    private mutating func makeExchange(_ c: Int32, _ d: Int32, of e: Int32, _ parts: CopiedParts, _ m: borrowing Memory) {
        let p = m.exchanges[e].plan
        m.exchanges[c].reset()
        m.exchanges[c].isMirror = true
        m.exchanges[c].filtersFinished = true
        m.exchanges[c].downstream = d
        m.exchanges[c].plan = p
        m.plans[p].pins &+= 1
        m.exchanges[c].head = parts.head
        m.exchanges[c].headLength = m.exchanges[e].headLength
        m.exchanges[c].fieldsAt = m.exchanges[e].fieldsAt
        m.exchanges[c].request = m.exchanges[e].request
        m.exchanges[c].isHead = m.exchanges[e].isHead
        m.exchanges[c].isIdempotent = m.exchanges[e].isIdempotent
        // A body whose length filters may have changed goes in chunks, as the original's did.
        m.exchanges[c].interests = m.exchanges[e].interests.intersection(.requestBody)
        m.exchanges[c].web = m.exchanges[e].web
        m.exchanges[c].replay = parts.body
        m.exchanges[c].x.client = m.exchanges[e].x.client
        m.exchanges[c].x.clientPort = m.exchanges[e].x.clientPort
        m.exchanges[c].x.scheme = m.exchanges[e].x.scheme
        m.exchanges[c].x.version = m.exchanges[e].x.version
        m.exchanges[c].x.listener = m.exchanges[e].x.listener
        m.exchanges[c].x.requestID = m.exchanges[e].x.requestID
        m.exchanges[c].x.rule = m.exchanges[e].x.rule
        m.exchanges[c].x.times.start = now
        m.exchanges[c].x.edits.copy(m.exchanges[e].x.edits)
    }

    /// The turn of a copy whose request has not begun.
    mutating func beginCopy(_ v: Int32, _ m: borrowing Memory) {
        let e = m.streams[m.sockets[v].stream].exchange
        m.sockets[v].state = .busy
        if cells.hasDetour(m.exchanges[e].x.cluster) { takeDetour(e, m) }
        dispatch(e, m)
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
        mirrors &-= 1
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
